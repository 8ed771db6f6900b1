namespace QemuL2tp.Options;

/// <summary>Our own options about numbers in the counter field, sent and received: ranges and contradictions.</summary>
internal static class L2tpv3NumberRules
{
    private const string Sequencing = "x-seq=rfc3931";

    /// <summary>Adds them.</summary>
    /// <exception cref="UserErrorException">A value out of its range, or two options that exclude each other.</exception>
    public static L2tpv3Options Apply(L2tpv3Options options, OptionValues values)
    {
        options = options with
        {
            ReorderWindow = values.GetInRange("x-reorder-window", 0, 0, 1024, "64 for most networks"),
            ReorderHoldMilliseconds = values.GetInRange("x-reorder-hold", 20, 0, 1000, "milliseconds, below the 200 of TCP's retransmission"),
            DropLate = values.Is("x-reorder-late", "drop", "deliver"),
            RestartRun = values.GetInRange("x-restart-run", 3, 2, 16, "how many numbers in a row prove that the peer began anew"),
            Rfc3931Sequencing = values.Is("x-seq", "rfc3931", "plain"),
            SequenceFile = values.Get<string?>("x-seq-file", null),
        };
        CheckSequencing(options, values);
        return options;
    }

    private static void CheckSequencing(L2tpv3Options options, OptionValues values)
    {
        if (options is { Rfc3931Sequencing: true, Counter: false })
        {
            throw values.Error(
                "x-seq",
                $"'{Sequencing}' needs 'counter=on'",
                $"Add counter=on, for the counter field is where the numbers of '{Sequencing}' are; or remove x-seq if the peer has no L2-specific sublayer.");
        }

        if (options is { Rfc3931Sequencing: true, PinCounter: true })
        {
            throw values.Error(
                "x-seq",
                $"'{Sequencing}' and 'pincounter=on' are mutually exclusive",
                $"Keep '{Sequencing}' for a peer that demands sequence numbers, such as Linux with 'seq recv', and 'pincounter=on' for any other.");
        }

        if (options.SequenceFile is not { } file)
            return;
        if (!options.Rfc3931Sequencing)
            throw values.Error("x-seq-file", $"'x-seq-file' needs '{Sequencing}'", $"'x-seq-file={file}' keeps the number of {Sequencing}, which is not given: add it, or remove x-seq-file.");
        if (file.Length == 0)
            throw values.Error("x-seq-file", "Parameter 'x-seq-file' expects a file name", "'x-seq-file=' is empty: write a path, or leave x-seq-file out for a file in the state directory.");
    }
}
