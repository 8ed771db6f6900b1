using System.Diagnostics;
using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Performance;

/// <summary>
/// A forwarder with a generator and a sink of its own, idle until the board says otherwise. The forwarder has
/// the second processor for itself; whatever makes and counts frames is on the first. With traffic both ways all have both.
/// </summary>
internal sealed class Lane : IDisposable
{
    /// <summary>The status of <c>vhost-end</c> when the back end lacks a feature.</summary>
    private const int NotOffered = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static int _lanes;
    private readonly List<Child> _children = [];
    private readonly int _number = ++_lanes;
    private ulong _missing;

    public Lane(Row row, Forwarder forwarder)
    {
        Row = row;
        Forwarder = forwarder;
        Board = new Board(BoardPath, hasBack: row.Load == Load.Both);
        try
        {
            Process = Start("forwarder", ForwarderCpu, forwarder.Command(this));
            Until(() => File.Exists(SocketPath), "it does not listen");
            if (row.Load != Load.Latency)
            {
                Start("far", LoadCpu, [Forwarder.Load("tunnel-end"), BoardPath, Far, Near, Port, Header, Size, FarMode], far: true);
                StartGuest();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public Row Row { get; }

    public Forwarder Forwarder { get; }

    public Board Board { get; }

    /// <summary>The forwarder.</summary>
    public Child Process { get; }

    public string SocketPath => PathOf("sock");

    /// <summary>The forwarder's address. Raw IP has no ports, so every lane has addresses of its own.</summary>
    public string Near => Row.Carrier == Carrier.Veth ? VethPair.Near : string.Create(CultureInfo.InvariantCulture, $"127.1.{_number % 250}.1");

    /// <summary>The address of the tunnel's other end.</summary>
    public string Far => Row.Carrier == Carrier.Veth ? VethPair.Far : string.Create(CultureInfo.InvariantCulture, $"127.1.{_number % 250}.2");

    public string Port => (20000 + _number).ToString(CultureInfo.InvariantCulture);

    /// <summary>The L2TPv3 header both ways: session 1, no cookie, no counter.</summary>
    public string Header => Row.Carrier == Carrier.RawIp ? "00000001" : "0003000000000001";

    private string Size => Row.Size.ToString(CultureInfo.InvariantCulture);

    private string BoardPath => PathOf("board");

    private string ForwarderCpu => Row.Load == Load.Both ? "0,1" : "1";

    private string LoadCpu => Row.Load == Load.Both ? "0,1" : "0";

    private string StreamMode => Row.Load == Load.Both ? "both" : Row.FromTunnel ? "sink" : Row.Load == Load.GuestSingle ? "single" : "many";

    private string FarMode =>
        (Row.Load switch { Load.TunnelPlain => "plain", Load.TunnelSegment => "segment", Load.Both => "both", _ => "sink" })
        + (Row.PeerHasGro ? ",gro" : "") + (Row.Carrier == Carrier.RawIp ? ",raw" : "") + ContentMode;

    private string VhostMode => (Row.FromTunnel ? "sink" : "send") + ContentMode;

    private string ContentMode => Row.Content switch { Content.Tcp => ",tcp", Content.Udp => ",udp", _ => "" };

    /// <summary>Frames one at a time for a while: what <c>latency</c> prints.</summary>
    public IReadOnlyList<double> RoundTrips(TimeSpan duration)
    {
        string seconds = duration.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        Child child = Start("latency", LoadCpu, [Forwarder.Load("latency"), SocketPath, Far, Near, Port, Header, Size, FarMode, seconds], far: true);
        if (!child.WaitForExit(duration + s_patience) || child.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Forwarder.Name}, {Row.Name}: {child.Error}");
        }

        return [.. child.Output.Split().Where(word => word.Length > 0).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
    }

    /// <summary>
    /// Stops the generator and waits for what is under way: until all has arrived, or no more does for as long as
    /// only a loss explains.
    /// </summary>
    /// <returns>When the last frame came, as a timestamp of <see cref="Stopwatch"/>.</returns>
    public long Settle(double lossIsCertain = 0.25)
    {
        Board.Running = false;
        Until(() => Board.Idle, "its generator cannot get rid of frames");
        Counts counts = Board.Counts;
        long change = Stopwatch.GetTimestamp();
        while (counts.Missing > _missing && Stopwatch.GetElapsedTime(change).TotalSeconds < lossIsCertain)
        {
            Thread.Sleep(1);
            if (Board.Counts != counts)
            {
                counts = Board.Counts;
                change = Stopwatch.GetTimestamp();
            }
        }

        _missing = counts.Missing;
        return change;
    }

    public void Dispose()
    {
        _children.ForEach(child => child.Dispose());
        Board.Dispose();
        File.Delete(BoardPath);
    }

    private void StartGuest()
    {
        if (Row.FrontEnd == FrontEnd.Stream)
        {
            Start("stream", LoadCpu, [Forwarder.Load("stream-end"), BoardPath, SocketPath, Size, StreamMode]);
            return;
        }

        Child guest = Start("vhost", LoadCpu, [Forwarder.Load("vhost-end"), BoardPath, SocketPath, Size, VhostMode]);
        Until(() => guest.Output.Length > 0 || (!guest.Running && guest.ExitCode == NotOffered), "its rings are not set up");
        if (guest.Output.Length == 0)
        {
            _ = guest.WaitForExit();
            throw new NotOfferedException(guest.Error.Trim());
        }
    }

    private Child Start(string role, string cpu, IReadOnlyList<string> command, bool far = false)
    {
        var child = Child.Start(
            $"{Row.Name}-{role}", "taskset", ["-c", cpu, .. command], far && Row.Carrier == Carrier.Veth ? VethPair.Namespace : null);
        _children.Add(child);
        return child;
    }

    private void Until(Func<bool> there, string otherwise)
    {
        DateTime end = DateTime.UtcNow + s_patience;
        while (!there())
        {
            bool isOver = DateTime.UtcNow > end || _children.Exists(child => !child.Running);
            if (isOver && !there())
            {
                throw new InvalidOperationException($"{Forwarder.Name}, {Row.Name}: {otherwise}: {string.Concat(_children.Select(child => child.Error))}");
            }

            Thread.Sleep(1);
        }
    }

    private string PathOf(string kind) => Path.Combine(Settings.RunDirectory, string.Create(CultureInfo.InvariantCulture, $"{_number}.{kind}"));
}
