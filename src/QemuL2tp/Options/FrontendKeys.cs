namespace QemuL2tp.Options;

/// <summary>
/// The keys by which a front end's address is written. Sockets speak of them as <c>stream</c> and <c>dgram</c> have them
/// (<c>addr.path</c>, <c>local.host</c>); <c>vhost-user</c> and <c>socket</c> have others for the same.
/// </summary>
internal static class FrontendKeys
{
    /// <summary>Opens a front end's sockets.</summary>
    /// <exception cref="UserErrorException">One cannot be opened; the error is about the key that the user has written.</exception>
    public static T In<T>(FrontendOptions frontend, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (UserErrorException e)
        {
            throw Translate(frontend, e);
        }
    }

    /// <summary>The error of a socket, about the key that the user has written.</summary>
    /// <param name="frontend">As the user has written it.</param>
    /// <param name="error">In the keys of <c>stream</c> and <c>dgram</c>.</param>
    public static UserErrorException Translate(FrontendOptions frontend, UserErrorException error)
    {
        if (error.Option is not { } key)
            return error;
        string? value = key.EndsWith(".str", StringComparison.Ordinal) && frontend.Address is FdFrontendAddress { Name: { } name } ? name : error.Value;
        (string Option, string? Value) written = (frontend, key) switch
        {
            (_, "addr.str" or "local.str") when frontend.Kind is FrontendKind.VhostUser or FrontendKind.Socket => ("fd", value),
            ({ Kind: FrontendKind.Dgram }, "addr.str") => ("local.str", value),
            ({ Kind: FrontendKind.VhostUser }, "addr.path") => ("path", error.Value),
            ({ Kind: FrontendKind.Socket, Address: InetFrontendAddress address }, "addr.host" or "addr.port") => (frontend.Server ? "listen" : "connect", Text(address)),
            ({ Kind: FrontendKind.Socket, Address: DatagramFrontendAddress { Local: InetFrontendAddress local } }, "local.host" or "local.port") => ("localaddr", Text(local)),
            ({ Kind: FrontendKind.Socket, Address: DatagramFrontendAddress { Remote: InetFrontendAddress remote } }, "remote.host" or "remote.port") => ("udp", Text(remote)),
            ({ Kind: FrontendKind.Socket, Address: MulticastFrontendAddress }, "local.host") => ("localaddr", error.Value),
            ({ Kind: FrontendKind.Socket, Address: MulticastFrontendAddress multicast }, "remote.host" or "remote.port") => ("mcast", Text(multicast.Group)),
            _ => (key, value),
        };
        return new UserErrorException(error.Problem, error.Remedy) { Option = written.Option, Value = written.Value };
    }

    private static string Text(InetFrontendAddress address) => $"{address.Host}:{address.Port}";
}
