namespace QemuL2tp.Options;

/// <summary>
/// Which cookies there are and how long they are. QEMU has one length for both directions and both cookies or neither;
/// NetBSD and Linux have a length for each, 0 included, which <c>x-txcookie-size</c> and <c>x-rxcookie-size</c> say.
/// </summary>
internal static class L2tpv3CookieRules
{
    /// <summary>QEMU's check: both cookies or neither, unless a size of 0 says that one direction has none.</summary>
    public static void RequirePair(OptionValues values)
    {
        bool hasTransmit = values.ContainsKey("txcookie");
        if (hasTransmit == values.ContainsKey("rxcookie"))
            return;
        (string given, string missing) = hasTransmit ? ("txcookie", "rxcookie") : ("rxcookie", "txcookie");
        if (values.Get(SizeOf(missing), 1u) == 0)
            return;
        throw values.Error(
            given,
            "require both 'rxcookie' and 'txcookie' or neither",
            $"Only '{given}={values.Written(given)}' is given: add {missing}=VALUE (the same value if the peer has one cookie for both directions), or {SizeOf(missing)}=0 if that direction has none.");
    }

    /// <summary>Adds the cookies and their lengths.</summary>
    /// <exception cref="UserErrorException">A length that no cookie has, or that contradicts the cookies given.</exception>
    public static L2tpv3Options Apply(L2tpv3Options options, OptionValues values)
    {
        int transmitSize = LengthOf("txcookie", values);
        int receiveSize = LengthOf("rxcookie", values);
        ulong? second = values.ContainsKey("x-rxcookie2") ? (ulong)values["x-rxcookie2"] : null;
        if (second is not null && receiveSize == 0)
        {
            throw values.Error(
                "x-rxcookie2",
                "'x-rxcookie2' needs 'rxcookie'",
                $"'x-rxcookie2={values.Written("x-rxcookie2")}' is a second cookie: add rxcookie=VALUE, the first one, or write rxcookie in place of x-rxcookie2.");
        }

        return options with
        {
            TransmitCookieSize = transmitSize,
            ReceiveCookieSize = receiveSize,
            TransmitCookie = values.Get("txcookie", 0ul),
            ReceiveCookie = values.Get("rxcookie", 0ul),
            ReceiveCookie2 = second,
        };
    }

    /// <summary>The option that says how long a cookie is.</summary>
    public static string SizeOf(string cookie) => $"x-{cookie}-size";

    private static int LengthOf(string cookie, OptionValues values)
    {
        bool isGiven = values.ContainsKey(cookie);
        string option = SizeOf(cookie);

        // QEMU takes the mere presence of cookie64 as "8 bytes", even cookie64=off (net/l2tpv3.c).
        if (!values.ContainsKey(option))
            return !isGiven ? 0 : values.ContainsKey("cookie64") ? 8 : 4;

        uint size = values.Get(option, 0u);
        if (size is not (0 or 4 or 8))
        {
            throw values.Error(
                option,
                $"Parameter '{option}' expects 0, 4 or 8",
                $"'{option}={values.Written(option)}' is no length of a cookie: write 4 or 8 for its bytes, or 0 if there is no cookie in this direction.");
        }

        if (size == 0 && isGiven)
        {
            throw values.Error(
                cookie,
                $"'{cookie}' and '{option}=0' are mutually exclusive",
                $"Remove '{cookie}={values.Written(cookie)}' if there is no cookie in this direction, or write {option}=4 or {option}=8.");
        }

        if (size != 0 && !isGiven)
            throw values.Error(option, $"'{option}' needs '{cookie}'", $"'{option}={values.Written(option)}' is the length of a cookie that is not given: add {cookie}=VALUE, or write {option}=0.");
        return (int)size;
    }
}
