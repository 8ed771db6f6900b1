using QemuL2tp.Guest.VhostUser.Ring;
using QemuL2tp.Tests.TestSupport;

namespace QemuL2tp.Tests.Guest.VhostUser.Ring;

/// <summary>
/// Drivers that change what they have written while the device reads it. Whatever the device sees, it acts on one value, the
/// old or the new, for the check and for the use.
/// </summary>
public sealed unsafe class DoubleFetchTests
{
    // Enough that the two threads meet often, on a busy machine too.
    private const int Rounds = 400_000;
    private const int Flips = 4_000_000;

    [Test]
    public void R_5_a_descriptor_that_changes_is_taken_as_it_was_or_refused([Values] bool packed, [Values] bool inTable)
    {
        using VirtqueueUnderTest test = new(new RingKind(4, packed, HasIndirect: true));
        ulong first = test.Guest.Allocate(256);
        ulong second = test.Guest.Allocate(256);
        ulong table = inTable ? test.Guest.Allocate(16) : test.Driver.Desc;
        // Mostly good values: what is refused at the first read is not read again.
        ulong[] addresses = [first, second, first, second, first, second, 0, 0xFFFF_FFFF_FFFF_FF00];
        uint[] lengths = [16, 256, 16, 256, 0xFFFF_FFFF, 0x8000_0000];
        ushort[] flags = [0, 0, 0, 0, 0, 0, 0, 0, Descriptor.Write, Descriptor.Indirect, Descriptor.Next, Descriptor.Next | Descriptor.Indirect];
        ushort kept = packed && !inTable ? Descriptor.Available : (ushort)0;
        test.Driver.WriteDescriptor(1, first, 16, 0, 0);
        // One of the values from the beginning: a round may come before the first change.
        test.Driver.Offer(inTable ? table : first, 16, inTable ? Descriptor.Indirect : (ushort)0, 0);
        uint start = test.Queue.Base;
        uint position = test.Queue.Position;
        byte* at = test.Guest.At(table);
        (int flagsOffset, int linkOffset) = packed ? (14, 12) : (12, 14);

        WhileFlipping(
            random =>
            {
                Volatile.Write(ref *(ulong*)at, addresses[random.Next(addresses.Length)]);
                Volatile.Write(ref *(uint*)(at + 8), lengths[random.Next(lengths.Length)]);
                Volatile.Write(ref *(ushort*)(at + flagsOffset), (ushort)(kept | flags[random.Next(flags.Length)]));
                Volatile.Write(ref *(ushort*)(at + linkOffset), (ushort)random.Next(6));
            },
            () =>
            {
                if (test.Take() != TakeResult.Taken)
                {
                    test.Start(start);
                    return;
                }

                test.Queue.Position = position;
                for (int i = 0; i < test.Chain.Count; i++)
                {
                    // The second descriptor of a chain, or an address and a length that were both there, if not at the same time.
                    BufferPiece piece = test.Chain.Pieces[i];
                    if ((piece.GuestAddress != first && piece.GuestAddress != second) || piece.Length is not (16 or 256))
                        Assert.Fail($"0x{piece.Length:x} bytes at 0x{piece.GuestAddress:x} were taken");
                }
            });

        Assert.That(test.Guest.AreGuardsWhole, Is.True);
    }

    [Test]
    public void R_12_an_index_is_read_as_one_value()
    {
        // 0x00ff and 0x0100 are ahead by 7 and 8; their bytes put together otherwise would be far off.
        using VirtqueueUnderTest test = new(new RingKind(8));
        var driver = (MockDriverSplit)test.Driver;
        driver.StartAt(0xf8);
        driver.WriteDescriptor(0, test.Guest.Allocate(16), 16, 0, 0);
        test.Start(0xf8);

        WhileFlipping(
            random => driver.AvailableIndex = random.Chance(50) ? (ushort)0x00ff : (ushort)0x0100,
            () =>
            {
                test.Start(0xf8);
                int taken = 0;
                TakeResult result;
                while ((result = test.Take()) == TakeResult.Taken)
                    taken++;
                // 8 were taken and the index goes back to 7: too far, and rightly so.
                bool wentBack = test.Queue.Fault == RingFault.AvailableIndexTooFar && taken == 8;
                if ((result != TakeResult.Empty && !wentBack) || taken is not (0 or 7 or 8))
                    Assert.Fail($"{taken} were taken, then {result} {test.Queue.Fault}");
            });
    }

    [Test]
    public void R_12_a_head_is_read_once()
    {
        using VirtqueueUnderTest test = new(new RingKind(4));
        var driver = (MockDriverSplit)test.Driver;
        ulong data = test.Guest.Allocate(64);
        for (uint i = 0; i < 4; i++)
            driver.WriteDescriptor(i, data + (i * 16), 16, 0, 0);
        driver.AvailableIndex = 1;
        ushort[] heads = [0, 3, 0, 3, 4, 0xFFFF];

        WhileFlipping(
            random => driver.AvailableRing(0) = heads[random.Next(heads.Length)],
            () =>
            {
                if (test.Take() != TakeResult.Taken)
                {
                    test.Start(0);
                    return;
                }

                test.Queue.Position = 0;
                if (test.Chain.Id > 3 || test.Chain.Pieces[0].GuestAddress != data + (test.Chain.Id * 16u))
                    Assert.Fail($"head {test.Chain.Id} with the piece 0x{test.Chain.Pieces[0].GuestAddress:x}");
            });
    }

    /// <summary>Does many rounds while another thread changes memory many times.</summary>
    private static void WhileFlipping(Action<FastRandom> flip, Action round)
    {
        bool isOver = false;
        int flips = 0;
        Thread driver = new(() =>
        {
            FastRandom random = new(5);
            while (!Volatile.Read(ref isOver))
            {
                flip(random);
                Volatile.Write(ref flips, flips + 1);
            }
        });
        driver.Start();
        try
        {
            for (int rounds = 0; rounds < Rounds || Volatile.Read(ref flips) < Flips; rounds++)
                round();
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            driver.Join();
        }
    }
}
