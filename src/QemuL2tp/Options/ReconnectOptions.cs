namespace QemuL2tp.Options;

/// <summary><c>reconnect</c> and <c>reconnect-ms</c> as given: at most one of them, and only where we connect.</summary>
internal readonly record struct ReconnectOptions(long? Seconds, long? Milliseconds)
{
    public const string SecondsHelp = "seconds between two attempts to connect";
    public const string MillisecondsHelp = "milliseconds between two attempts to connect";

    private const long Longest = int.MaxValue;

    public static ReconnectOptions Read(TreeReader reader) => new(
        reader.Has("reconnect") ? reader.ReadInt64("reconnect") : null,
        reader.Has("reconnect-ms") ? reader.ReadInt64("reconnect-ms") : null);

    /// <param name="options">Where to.</param>
    /// <param name="reader">What they were read from.</param>
    /// <exception cref="UserErrorException">Both were given, we listen, or the value is out of range.</exception>
    public FrontendOptions ApplyTo(FrontendOptions options, TreeReader reader)
    {
        if (Seconds is null && Milliseconds is null)
            return options;
        if (options.Server)
        {
            string name = Seconds is null ? "reconnect-ms" : "reconnect";
            throw reader.Error(
                name,
                "'reconnect' and 'reconnect-ms' options are incompatible with socket in server mode",
                $"Add server=off if QEMU listens and this program connects, or leave '{name}={reader.Written(name)}' out: a listening socket accepts again by itself.");
        }

        if (Seconds is not null && Milliseconds is not null)
        {
            throw reader.Error(
                "reconnect",
                "'reconnect' and 'reconnect-ms' are mutually exclusive",
                $"Keep 'reconnect-ms={reader.Written("reconnect-ms")}' and remove 'reconnect={reader.Written("reconnect")}', or the other way round.");
        }

        return options with
        {
            ReconnectMilliseconds = Seconds is { } seconds ? Check(reader, "reconnect", seconds, 1000) : Check(reader, "reconnect-ms", Milliseconds!.Value, 1),
        };
    }

    private static int Check(TreeReader reader, string name, long value, int unit)
    {
        // QEMU's 0 means "never again"; here that would leave a dead pseudowire behind, so it is refused instead of reinterpreted.
        if (value < 1 || value > Longest / unit)
        {
            throw reader.Error(
                name,
                $"Parameter '{name}' expects a number of {(unit == 1 ? "milliseconds" : "seconds")} from 1 to {Longest / unit}",
                $"'{name}={reader.Written(name)}' is out of range; leave {name} out for the default.");
        }

        return (int)value * unit;
    }
}
