using System.Globalization;

namespace QemuL2tp.Options;

/// <summary>The way back from options to the text of <c>-netdev</c>.</summary>
internal static class NetdevWriter
{
    /// <summary>Text that <see cref="NetdevParser.Parse"/> reads as the same options; what is as without mention is left out.</summary>
    public static string Write(L2tpv3Options options)
    {
        var absent = new L2tpv3Options { Id = "", Source = "", Destination = "", TransmitSession = 0, ReceiveSession = 0 };
        List<string> items = ["l2tpv3", $"id={OptsTokenizer.Escape(options.Id)}", $"src={OptsTokenizer.Escape(options.Source)}", $"dst={OptsTokenizer.Escape(options.Destination)}"];
        AddOn("ipv6", options.IPv6);
        AddOn("udp", options.Udp);
        Add("srcport", options.SourcePort, null);
        Add("dstport", options.DestinationPort, null);
        items.Add(FormattableString.Invariant($"txsession={options.TransmitSession},rxsession={options.ReceiveSession}"));
        AddOn("counter", options.Counter);
        AddOn("pincounter", options.PinCounter);
        items.AddRange(Cookies(options));
        Add("offset", options.Offset, absent.Offset);
        if (!options.StrictSource)
            items.Add("x-strict-source=off");
        Add("x-reorder-window", options.ReorderWindow, absent.ReorderWindow);
        Add("x-reorder-hold", options.ReorderHoldMilliseconds, absent.ReorderHoldMilliseconds);
        if (options.DropLate)
            items.Add("x-reorder-late=drop");
        Add("x-restart-run", options.RestartRun, absent.RestartRun);
        if (options.Rfc3931Sequencing)
            items.Add("x-seq=rfc3931");
        Add("x-seq-file", options.SequenceFile, absent.SequenceFile);
        Add("x-gso", Word(options.SendOffload), Word(absent.SendOffload));
        Add("x-gro", Word(options.ReceiveOffload), Word(absent.ReceiveOffload));
        Add("x-wait", options.Waits is { } waits ? waits ? "on" : "off" : null, null);
        if (options.ResolveOnce)
            items.Add("x-resolve=once");
        return string.Join(',', items);

        void AddOn(string name, bool value)
        {
            if (value)
                items.Add($"{name}=on");
        }

        void Add<T>(string name, T value, T without)
        {
            if (!Equals(value, without))
                items.Add($"{name}={OptsTokenizer.Escape(string.Create(CultureInfo.InvariantCulture, $"{value}"))}");
        }
    }

    /// <summary>A cookie as this program writes it: hexadecimal, all of its digits.</summary>
    /// <param name="cookie">Its value.</param>
    /// <param name="size">4 or 8 bytes.</param>
    public static string Cookie(ulong cookie, int size) => "0x" + CookieDigits(cookie, size);

    /// <summary>The digits of <see cref="Cookie"/> alone; bytes go on the wire in this order.</summary>
    public static string CookieDigits(ulong cookie, int size) => cookie.ToString(size == 4 ? "x8" : "x16", CultureInfo.InvariantCulture);

    /// <summary>In QEMU's words where it has them.</summary>
    private static IEnumerable<string> Cookies(L2tpv3Options options)
    {
        if (options.TransmitCookieSize == 8 && options.ReceiveCookieSize == 8)
            yield return "cookie64=on";
        if (options.TransmitCookieSize > 0)
            yield return $"txcookie={Cookie(options.TransmitCookie, options.TransmitCookieSize)}";
        if (options.ReceiveCookieSize > 0)
            yield return $"rxcookie={Cookie(options.ReceiveCookie, options.ReceiveCookieSize)}";
        if (options.TransmitCookieSize != options.ReceiveCookieSize)
            yield return FormattableString.Invariant($"x-txcookie-size={options.TransmitCookieSize},x-rxcookie-size={options.ReceiveCookieSize}");
        if (options.ReceiveCookie2 is { } second)
            yield return $"x-rxcookie2={Cookie(second, options.ReceiveCookieSize)}";
    }

    private static string Word(OffloadSwitch value) => value switch
    {
        OffloadSwitch.On => "on",
        OffloadSwitch.Off => "off",
        _ => "auto",
    };
}
