namespace QemuL2tp.Options;

/// <summary><c>x-poll-us</c>, the same in every front end that has it.</summary>
internal static class PollOption
{
    public const string Name = "x-poll-us";
    public const string Help = "microseconds, 0 to 1000, to look for frames after the last one before sleeping";

    private const uint Longest = 1000;

    /// <exception cref="UserErrorException">The number is out of range.</exception>
    public static int Read(TreeReader reader)
    {
        long poll = reader.Has(Name) ? reader.ReadInt64(Name) : 0;
        return poll is >= 0 and <= Longest
            ? (int)poll
            : throw OptionErrors.NotInRange(Name, reader.Written(Name)!, 0, Longest, "microseconds, which cost a CPU as long as they last", 0);
    }
}
