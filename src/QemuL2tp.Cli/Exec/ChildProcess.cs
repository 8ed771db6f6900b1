using System.Runtime.InteropServices;
using System.Text;
using static QemuL2tp.Linux.Glibc;
using static Tmds.Linux.LibC;

namespace QemuL2tp.Cli.Exec;

/// <summary>
/// Starts a program beside this process by posix_spawn: .NET's own Process would not say which descriptors it gets, and changes how
/// this process handles signals, which QEMU would inherit.
/// </summary>
internal sealed unsafe class ChildProcess
{
    private readonly int _id;

    private ChildProcess(int id) => _id = id;

    /// <summary>
    /// Starts it in a session of its own, so that the terminal's Ctrl-C and hang-up are for QEMU alone, with nothing to read, and with
    /// no other descriptor of this process than those that are named.
    /// </summary>
    /// <param name="words">The program, looked for in PATH, and its arguments.</param>
    /// <param name="descriptors">What it gets, under the same numbers.</param>
    /// <param name="output">Its stdout; null: nobody reads it.</param>
    /// <param name="error">Its stderr; null: nobody reads it.</param>
    /// <param name="errorNumber">Why it was not started, when the result is null.</param>
    public static ChildProcess? Start(IReadOnlyList<string> words, IReadOnlyCollection<int> descriptors, int? output, int? error, out int errorNumber)
    {
        using var arguments = new CWords(words);
        using var variables = new CWords(Variables());
        byte* actions = stackalloc byte[sizeof_posix_spawn_file_actions_t];
        byte* attributes = stackalloc byte[sizeof_posix_spawnattr_t];
        _ = posix_spawn_file_actions_init(actions);
        _ = posix_spawnattr_init(attributes);
        try
        {
            Redirect(actions, Descriptors.Stdin, null, O_RDONLY);
            Redirect(actions, Descriptors.Stdout, output, O_WRONLY);
            Redirect(actions, Descriptors.Stderr, error, O_WRONLY);
            foreach (int kept in Descriptors.KeptOnExec().Except(descriptors))
                _ = posix_spawn_file_actions_addclose(actions, kept);
            foreach (int descriptor in descriptors)
                _ = posix_spawn_file_actions_adddup2(actions, descriptor, descriptor);
            _ = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID);
            int id;
            errorNumber = posix_spawnp(&id, arguments.Pointer[0], actions, attributes, arguments.Pointer, variables.Pointer);
            return errorNumber == 0 ? new ChildProcess(id) : null;
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            _ = posix_spawnattr_destroy(attributes);
        }
    }

    /// <summary>Waits for its end. One that nobody waits for is QEMU's child, and reaped when QEMU ends.</summary>
    /// <returns>Its exit status, or as shells have it 128 and the number of the signal that ended it.</returns>
    public int Wait()
    {
        int status = 0;
        while (waitpid(_id, &status, 0) < 0 && errno == EINTR)
        {
        }

        // wait(2): the low seven bits are the signal, the next byte is the exit status.
        int signal = status & 0x7f;
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal;
    }

    private static void Redirect(void* actions, int standard, int? descriptor, int mode)
    {
        if (descriptor is { } number)
        {
            _ = posix_spawn_file_actions_adddup2(actions, number, standard);
            return;
        }

        fixed (byte* nothing = "/dev/null\0"u8)
        {
            _ = posix_spawn_file_actions_addopen(actions, standard, nothing, mode, 0);
        }
    }

    /// <summary>This process's, but for the one by which systemd would be told that QEMU is ready before it is.</summary>
    private static List<string> Variables()
    {
        List<string> variables = [];
        for (byte** variable = environ; *variable is not null; variable++)
        {
            string text = Encoding.Latin1.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(*variable));
            if (!text.StartsWith("NOTIFY_SOCKET=", StringComparison.Ordinal))
                variables.Add(text);
        }

        return variables;
    }
}
