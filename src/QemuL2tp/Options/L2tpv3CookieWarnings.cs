namespace QemuL2tp.Options;

/// <summary>Cookies that are allowed but hardly meant. Each text names option, value and remedy.</summary>
internal static class L2tpv3CookieWarnings
{
    public static void Add(OptionValues values, L2tpv3Options options, List<string> warnings)
    {
        if (values.ContainsKey("cookie64"))
            AddCookie64(values, options, warnings);

        if (options.TransmitCookieSize == 4 && options.TransmitCookie > uint.MaxValue)
            warnings.Add($"txcookie=0x{options.TransmitCookie:x} is wider than 32 bits and only its low half, 0x{(uint)options.TransmitCookie:x}, is sent: {RemedyFor("txcookie", values)} or shorten it");
        if (options.ReceiveCookieSize != 4)
            return;
        if (options.ReceiveCookie > uint.MaxValue)
            warnings.Add($"rxcookie=0x{options.ReceiveCookie:x} is wider than 32 bits and never matches a received cookie: {RemedyFor("rxcookie", values)} or shorten it");
        if (options.ReceiveCookie2 is > uint.MaxValue and { } second)
            warnings.Add($"x-rxcookie2=0x{second:x} is wider than 32 bits and never matches a received cookie: {RemedyFor("rxcookie", values)} or shorten it");
    }

    private static void AddCookie64(OptionValues values, L2tpv3Options options, List<string> warnings)
    {
        bool isOn = values.Get("cookie64", false);
        bool hasSizes = values.ContainsKey("x-txcookie-size") && values.ContainsKey("x-rxcookie-size");
        if (hasSizes)
            warnings.Add($"cookie64={(isOn ? "on" : "off")} has no effect beside x-txcookie-size={options.TransmitCookieSize} and x-rxcookie-size={options.ReceiveCookieSize}: leave it out");
        else if (!isOn)
            AddOff(values, options, warnings);
    }

    private static void AddOff(OptionValues values, L2tpv3Options options, List<string> warnings)
    {
        bool selects = (options.TransmitCookieSize == 8 && !values.ContainsKey("x-txcookie-size"))
            || (options.ReceiveCookieSize == 8 && !values.ContainsKey("x-rxcookie-size"));
        warnings.Add(selects
            ? "cookie64=off selects 64-bit cookies, as in QEMU: leave cookie64 out for 32-bit cookies, or write cookie64=on"
            : "cookie64=off has no effect without cookies: leave it out");
    }

    private static string RemedyFor(string cookie, OptionValues values)
    {
        string option = L2tpv3CookieRules.SizeOf(cookie);
        return values.ContainsKey(option) ? $"write {option}=8" : "add cookie64=on";
    }
}
