using System.Runtime.CompilerServices;
using QemuL2tp.Options;

namespace QemuL2tp.L2tpv3;

/// <summary>
/// Follows the received counter: says of each packet whether it goes on, waits or is dropped, and keeps the statistics.
/// Without a window (<c>x-reorder-window=0</c>) it only keeps the statistics, and every packet is to go on whatever it says
/// but <see cref="Arrival.Vccv"/>.
/// </summary>
/// <remarks>
/// By d, the distance of a number from the expected one modulo 2^24 or 2^32 (RFC 3931, appendix C):
/// <list type="table">
/// <item><term>first of a format</term><description>taken as it is</description></item>
/// <item><term>d = 0</term><description>deliver, then what is held next to it</description></item>
/// <item><term>0 &lt; d ≤ window</term><description>hold, <c>x-reorder-hold</c> milliseconds at most</description></item>
/// <item><term>d &gt; window</term><description>deliver what is held, run by run, until it is one of the above; if it never is, it is a jump: deliver it</description></item>
/// <item><term>d &lt; 0, arrived before</term><description>a copy if the frame is the same: drop; else count toward a restart</description></item>
/// <item><term>d &lt; 0, skipped before</term><description>late: deliver, or drop up to the window behind if so asked</description></item>
/// <item><term>d &lt; 0, other</term><description>deliver; beyond the window count toward a restart</description></item>
/// </list>
/// A packet without a number, and a change of format, let go first what is held: nothing that arrived in order is turned
/// round. A peer that begins anew therefore loses no frame, not even when its first numbers are fresh in memory.
/// </remarks>
internal sealed partial class CounterTracker
{
    /// <summary>Without a window, numbers this little behind are late or duplicates, never signs of a restart.</summary>
    private const int DefaultNearness = 64;

    /// <summary>After so long without a packet the very first number is a restart, whatever is expected.</summary>
    private const int SilenceMilliseconds = 1000;

    /// <summary>The V bit counts after so many packets of RFC format: a plain counter passes through it too.</summary>
    private const int VccvRun = 16;

    /// <summary>Where frames are not compared, one plain number so often in a row is no number.</summary>
    private const int PinnedRun = 16;

    private const int FirstPlainNumber = 1; // QEMU, UML.

    private readonly CounterClassifier _classifier = new();
    private readonly NumberHistory _history;
    private readonly ReorderWindow? _window;
    private readonly int _windowSize;
    private readonly int _nearness;
    private readonly bool _holds;
    private readonly bool _dropsLate;
    private readonly uint[] _strays;
    private CounterMode _followed;
    private long _nextWord = -1;
    private long _modeRun;
    private long _lastArrival = long.MaxValue;
    private bool _wasUnplaced;
    private uint _previousFingerprint;
    private uint _lastStray;
    private int _strayRun;

    /// <param name="options">The window and its numbers.</param>
    /// <param name="window">Where frames are held; null without a window.</param>
    public CounterTracker(L2tpv3Options options, ReorderWindow? window = null)
    {
        _window = window;
        _windowSize = window is null ? 0 : options.ReorderWindow;
        _nearness = window is null ? DefaultNearness : _windowSize;
        _holds = window is not null && options.ReorderHoldMilliseconds > 0;
        _dropsLate = window is not null && options.DropLate;
        _strays = new uint[options.RestartRun];
        _history = new NumberHistory(keepsFingerprints: window is not null);
    }

    public CounterStatistics Statistics { get; } = new();

    /// <summary>Takes the packet if it is the very next one and nothing is held: the way of almost every packet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTakeNext(uint word, uint fingerprint, long now)
    {
        if (word != _nextWord)
            return false;
        _lastArrival = now;
        _classifier.Note(word);
        _history.AdvanceByOne(fingerprint);
        _strayRun = 0;
        _wasUnplaced = false;
        _modeRun++;
        Statistics.InOrder++;
        Statistics.Expected = _classifier.WordOf(_followed, _history.Expected);
        _nextWord = Statistics.Expected;
        return true;
    }

    /// <summary>Finds out about a packet that is not the very next one.</summary>
    public Arrival Place(in Packet packet)
    {
        bool isSilent = packet.Now - SilenceMilliseconds >= _lastArrival;
        _lastArrival = packet.Now;
        Arrival arrival;
        if (Statistics.Mode == CounterMode.Rfc3931 && _modeRun >= VccvRun && CounterClassifier.IsVccv(packet.Word))
        {
            arrival = PlaceVccv(packet);
        }
        else
        {
            CounterMode format = _classifier.Classify(packet.Word, _followed, _history.Expected, out uint number);
            if (format == CounterMode.Plain && IsPinned(packet, number, isSilent))
            {
                _followed = CounterMode.Unknown;
                format = CounterMode.Unsequenced;
            }
            else if (format < CounterMode.Rfc3931 && isSilent && _followed == CounterMode.Plain && packet.Word == FirstPlainNumber)
            {
                format = CounterMode.Plain;
            }

            arrival = format < CounterMode.Rfc3931 ? PlaceUnnumbered(format) : PlaceNumber(packet, format, number, isSilent);
            _wasUnplaced = format == CounterMode.Unknown;
            _previousFingerprint = packet.Fingerprint;
        }

        ExpectNext();
        return arrival;
    }

    /// <summary>A control packet; its number is of the same sequence as that of frames if it is the expected one.</summary>
    private Arrival PlaceVccv(in Packet packet)
    {
        Statistics.Vccv++;
        if ((packet.Word & ~0x8000_0000) == _classifier.WordOf(CounterMode.Rfc3931, _history.Expected))
            _history.AdvanceByOne(packet.Fingerprint);
        return Arrival.Vccv;
    }

    /// <summary>
    /// A peer that now pins its counter near the plain number that it had reached: the same word again, with another
    /// frame or long after.
    /// </summary>
    private bool IsPinned(in Packet packet, uint number, bool isSilent)
    {
        if (_followed != CounterMode.Plain || packet.Word != _classifier.Previous || (packet.Word & CounterClassifier.SequenceBit) != 0)
            return false;
        if (_history.DistanceOf(number) is >= 0 or < -NumberHistory.Depth)
            return false;
        return _history.KeepsFingerprints ? isSilent || !_history.CameWith(number, packet.Fingerprint) : _classifier.Repeats >= PinnedRun;
    }

    private Arrival PlaceUnnumbered(CounterMode format)
    {
        LetGoAll();
        if (format == CounterMode.Unknown)
        {
            Statistics.Unplaced++;
        }
        else
        {
            Enter(format);
            Statistics.Pinned++;
        }

        return Arrival.Deliver;
    }

    private void Enter(CounterMode mode)
    {
        _modeRun = mode == Statistics.Mode ? _modeRun + 1 : 1;
        Statistics.Mode = mode;
    }

    /// <summary>Prepares <see cref="TryTakeNext"/>.</summary>
    private void ExpectNext()
    {
        if (_followed != CounterMode.Unknown)
            Statistics.Expected = _classifier.WordOf(_followed, _history.Expected);
        _nextWord = Statistics.Mode == _followed && _followed != CounterMode.Unknown && _window is not { IsEmpty: false } ? Statistics.Expected : -1;
    }
}
