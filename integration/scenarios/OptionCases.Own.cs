using static QemuL2tp.Integration.Scenarios.OptionWire;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>Keys that QEMU refuses because they are ours, and what we say to them.</summary>
internal static partial class OptionCases
{
    private const string OwnKey = "our own key; QEMU does not know it";
    private const string Cookies = ",txcookie=0xa1a2a3a4,rxcookie=1";

    // Nowhere, so that a test leaves no file behind: that is a warning.
    private const string Sequencing = ",counter=on,x-seq=rfc3931,x-seq-file=/proc/l2tp.seq";

    private static readonly (OptionCase Case, string? Error)[] s_own =
    [
        (new("own option x-strict-source", U + ",x-strict-source=off"), null),
        (new("json own option x-strict-source", J + ",\"x-strict-source\":false}"), null),
        (new("own order", U + ",counter=on,x-reorder-window=0x40,x-reorder-hold=5,x-reorder-late=drop,x-restart-run=16"), null),
        (new("json own order", J + ",\"counter\":true,\"x-reorder-window\":64,\"x-reorder-hold\":0,\"x-reorder-late\":\"deliver\",\"x-restart-run\":2}"), null),
        (new("own order without counter", U + ",x-reorder-window=64"), null),
        (new("own window too large", U + ",x-reorder-window=1025"), "Parameter 'x-reorder-window' expects a number from 0 to 1024"),
        (new("own hold too long", U + ",x-reorder-hold=1001"), "Parameter 'x-reorder-hold' expects a number from 0 to 1000"),
        (new("own restart run too short", U + ",x-restart-run=1"), "Parameter 'x-restart-run' expects a number from 2 to 16"),
        (new("own late unknown", U + ",x-reorder-late=later"), "Parameter 'x-reorder-late' does not accept value 'later'"),
        (new("json own window as string", J + ",\"x-reorder-window\":\"64\"}"), "Parameter 'x-reorder-window' expects uint64"),
        (new("own offloads off", U + ",x-gso=off,x-gro=off"), null),
        (new("own wait and resolve", U + ",x-wait=on,x-resolve=once"), null),
        (new("own resolve", U + ",x-resolve=never"), "Parameter 'x-resolve' does not accept value 'never'"),
        (new("own offloads on", U + ",x-gso=on,x-gro=on"), null),
        (new("own offload unknown", U + ",x-gso=yes"), "Parameter 'x-gso' does not accept value 'yes'"),
        (new("own offload ip", I + ",x-gro=on"), "'x-gro=on' needs 'udp=on'"),
        (new("json own offloads", J + ",\"x-gso\":\"off\",\"x-gro\":\"auto\"}"), null),
        (new("own sequence", U + Sequencing), null),
        (new("own sequence ip", I + Sequencing, Ip4), null),
        (new("own sequence plain", U + ",counter=on,x-seq=plain"), null),
        (new("own sequence unknown", U + ",counter=on,x-seq=rfc"), "Parameter 'x-seq' does not accept value 'rfc'"),
        (new("own sequence without counter", U + ",x-seq=rfc3931"), "'x-seq=rfc3931' needs 'counter=on'"),
        (new("own sequence pinned", U + ",counter=on,pincounter=on,x-seq=rfc3931"), "'x-seq=rfc3931' and 'pincounter=on' are mutually exclusive"),
        (new("own sequence file alone", U + ",x-seq-file=a"), "'x-seq-file' needs 'x-seq=rfc3931'"),
        (new("own sequence file a directory", U + ",counter=on,x-seq=rfc3931,x-seq-file=/"), null),
        (new("own cookie 8 sent 4 expected", U + Cookies + ",x-txcookie-size=8"), null),
        (new("own cookie none sent 4 expected", U + ",rxcookie=1,x-txcookie-size=0,offset=4"), null),
        (new("json own cookie 8 sent none expected", J + ",\"txcookie\":1,\"x-txcookie-size\":8,\"x-rxcookie-size\":0}"), null),
        (new("own sizes beside cookie64", U + Cookies + ",cookie64=on,x-txcookie-size=4,x-rxcookie-size=4"), null),
        (new("own second cookie", I6 + Cookies + ",cookie64=on,x-rxcookie2=2", Ip6), null),
        (new("own size 5", U + Cookies + ",x-rxcookie-size=5"), "Parameter 'x-rxcookie-size' expects 0, 4 or 8"),
        (new("own size without cookie", U + ",x-txcookie-size=4"), "'x-txcookie-size' needs 'txcookie'"),
        (new("own size 0 with cookie", U + Cookies + ",x-txcookie-size=0"), "'txcookie' and 'x-txcookie-size=0' are mutually exclusive"),
        (new("own second cookie alone", U + ",x-rxcookie2=2"), "'x-rxcookie2' needs 'rxcookie'"),
        (new("own keys of net", Net + ",counter=on,x-reorder-window=1024", IsLegacyNet: true), null),
    ];

    private static IEnumerable<OptionCase> Own => s_own.Select(own => own.Case);

    /// <summary>What we say to each of these cases.</summary>
    public static IEnumerable<KeyValuePair<string, OptionDifference>> OwnDifferences =>
        s_own.Select(own => KeyValuePair.Create(NameOf(own.Case), new OptionDifference(own.Error, OwnKey)));
}
