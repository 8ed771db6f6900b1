using QemuL2tp.Options;

namespace QemuL2tp.Cli.Qmp;

/// <summary>The text of <c>--qmp</c>, as QEMU's <c>-qmp unix:PATH,server=on,wait=off</c>.</summary>
internal static class QmpAddress
{
    private const string Form = "Write --qmp unix:PATH,server=on.";

    /// <exception cref="UserErrorException">It is something else than a unix socket at which we listen.</exception>
    public static UnixFrontendAddress Parse(string text)
    {
        if (!text.StartsWith("unix:", StringComparison.Ordinal))
            throw new UserErrorException($"'{text}' is not a valid char driver", $"The control socket is a unix socket, for this user only. {Form}") { Option = "--qmp", Value = text };
        string path = "";
        bool server = false;
        foreach (OptsItem item in OptsTokenizer.Items(text["unix:".Length..], "path"))
        {
            switch (item.Name)
            {
                case "path":
                    path = item.Value;
                    break;
                case "server":
                    server = ReadBoolean(item);
                    break;
                case "wait" when !ReadBoolean(item):
                    break;
                case "wait":
                    throw new UserErrorException("Parameter 'wait' expects 'off'", $"'wait={item.Value}' would keep the pseudowires from starting until somebody connects: leave it out.") { Option = "wait", Value = item.Value };
                default:
                    throw OptionErrors.Unknown($"Invalid parameter '{item.Name}'", item.Name, item.Word is null ? item.Value : null, ["server", "wait"]);
            }
        }

        if (path.Length == 0)
            throw new UserErrorException("chardev: socket: no path given", Form) { Option = "path" };
        SocketAddressReader.RequireLength("path", path, isAbstract: false);
        return server ? new UnixFrontendAddress(path) : throw new UserErrorException("the control socket must listen", $"Without 'server=on' QEMU would connect to '{path}'. {Form}") { Option = "server" };
    }

    /// <summary>The error of the socket, about the option.</summary>
    public static UserErrorException About(string text, UserErrorException error) => new(error.Problem, error.Remedy) { Option = "--qmp", Value = text };

    private static bool ReadBoolean(OptsItem item) =>
        Numbers.TryParseBoolean(item.Value, out bool value) ? value : throw OptionErrors.NotBoolean(item.Name, item.Value);
}
