namespace QemuL2tp.Options;

/// <summary>What QEMU accepts in silence although it hardly ever does what its author meant. Each names option, value and remedy.</summary>
internal static class L2tpv3Warnings
{
    /// <summary>Numbers of option text that C reads as octal.</summary>
    public static void AddOctal(OptionValues values, List<string> warnings)
    {
        foreach ((string name, object value) in values.All)
        {
            string text = values.Written(name)!;
            if (value is uint or ulong && Numbers.LooksDecimalButIsOctal(text))
                warnings.Add($"{name}={text} is octal and means {value}: leave out the leading zero to mean {text.TrimStart(' ', '\t', '+', '0')}");
        }
    }

    /// <summary>Negative JSON numbers, which QEMU takes modulo 2^64.</summary>
    public static void AddNegative(OptionValues values, List<string> warnings)
    {
        foreach ((string name, object value) in values.All)
        {
            string text = values.Written(name)!;
            if (value is ulong && text.StartsWith('-'))
                warnings.Add($"{name}={text} is taken as {value}: write a number from 0 to 18446744073709551615");
        }
    }

    /// <summary>Values and combinations that are allowed but doubtful.</summary>
    public static void AddDoubtful(OptionValues values, L2tpv3Options options, List<string> warnings)
    {
        AddSessions(values, options, warnings);
        L2tpv3AddressRules.AddDoubtful(options, warnings);
        L2tpv3CookieWarnings.Add(values, options, warnings);
        if (options is { PinCounter: true, Counter: false })
            warnings.Add("pincounter=on has no effect without counter: no counter field is sent; add counter=on to send the field with 0 in it");
        L2tpv3NumberWarnings.Add(values, options, warnings);
        AddPort(values, options, "srcport", warnings);
        AddPort(values, options, "dstport", warnings);
    }

    private static void AddSessions(OptionValues values, L2tpv3Options options, List<string> warnings)
    {
        if (options.TransmitSession == 0)
            warnings.Add("txsession=0 is reserved for control messages (RFC 3931), and packets with it a peer may not take for data: write the session ID that the peer expects, 1 to 0xffffffff");
        if (options.ReceiveSession == 0 && values.ContainsKey("rxsession"))
            warnings.Add($"rxsession=0 is reserved for control messages (RFC 3931); packets with it are taken for data here{(options.Udp ? "" : ", a peer's control messages too")}: write the session ID that the peer sends, 1 to 0xffffffff");
    }

    private static void AddPort(OptionValues values, L2tpv3Options options, string name, List<string> warnings)
    {
        if (!values.ContainsKey(name))
            return;
        string text = (string)values[name];
        if (!options.Udp)
        {
            warnings.Add($"{name}={text} is ignored without udp: add udp=on to use UDP, or leave {name} out");
            return;
        }

        if (!UdpPort.TryParse(text, out ushort port, out bool isInRange))
            return;
        if (!isInRange)
            warnings.Add($"{name}={text} is no port number and means {port}: write a number from 1 to 65535");
        else if (port == 0)
            AddPortZero(name, text, warnings);
    }

    private static void AddPortZero(string name, string text, List<string> warnings) => warnings.Add(name == "srcport"
        ? $"srcport={text} lets the kernel choose a port that the peer cannot know: write a number from 1 to 65535"
        : $"dstport={text} is no port that packets can be sent to: write a number from 1 to 65535");
}
