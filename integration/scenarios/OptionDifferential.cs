using System.Globalization;
using QemuL2tp.Integration.Peers;

namespace QemuL2tp.Integration.Scenarios;

/// <summary>
/// The same option text to the real QEMU and to qemu-l2tp: both refuse it with the same message, or both accept it and put
/// the same bytes on the wire for the first frames. What differs on purpose is listed in <see cref="OptionDifferences"/>.
/// </summary>
public sealed class OptionDifferential
{
    private static readonly OptionProgram s_qemu = new(Path.GetFileName(Settings.Qemu), (one, text, socket) =>
    [
        Settings.Qemu, "-M", "none", "-nodefaults", "-display", "none", "-monitor", "none", "-serial", "none", "-parallel", "none",
        "-netdev", $"stream,id=guest,server=off,addr.type=unix,addr.path={socket}",
        one.IsLegacyNet ? "-net" : "-netdev", text,
        "-netdev", "hubport,id=hub-guest,hubid=0,netdev=guest",
        .. one.IsLegacyNet ? Array.Empty<string>() : ["-netdev", $"hubport,id=hub-tunnel,hubid=0,netdev={IdOf(text)}"],
        "-qmp", $"unix:{socket}.qmp,server=on,wait=off",
    ],
    (_, socket) => AnswersQmp($"{socket}.qmp"));

    private static readonly OptionProgram s_ours = new("qemu-l2tp", (one, text, socket) =>
    [
        Settings.Program, one.IsLegacyNet ? "-net" : "-netdev", text,
        "--frontend", $"stream,server=off,addr.type=unix,addr.path={socket}",
    ],
    (child, _) => child.Output.Contains("-netdev", StringComparison.Ordinal));

    private static int _ports;

    private OptionCapture _capture = null!;

    private static IEnumerable<TestCaseData> Cases =>
        OptionCases.All.Select(one => new TestCaseData(one).SetName(one.Name));

    [OneTimeSetUp]
    public void Open_the_far_end() => _capture = new OptionCapture();

    [OneTimeTearDown]
    public void Close_the_far_end() => _capture.Dispose();

    [TestCaseSource(nameof(Cases))]
    public void Same_text_same_result(OptionCase one)
    {
        string text = FillIn(one.Text);
        OptionOutcome theirs = s_qemu.Run(one, text, _capture);
        OptionOutcome ours = s_ours.Run(one, text, _capture);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ours.ShortForms, Is.EqualTo(theirs.ShortForms), "warnings about bare words");
            if (ours.Error is not null)
                Assert.That(ours.Remedy, Does.StartWith(theirs.Remedy.TrimEnd('.')).And.Not.Empty, "remedy in the second line");
            else if (one.Wire != OptionWire.None)
                Assert.That(ours.Packets, Has.Count.EqualTo(3), "packets of ours");

            if (OptionDifferences.ByCase.TryGetValue(one.Name, out OptionDifference? difference))
            {
                Assert.That(ours.Error, Is.EqualTo(difference.Error), difference.Reason);
                Assert.That(theirs.Error, Is.Not.EqualTo(difference.Error), "a listed difference has vanished; take it off the list");
                return;
            }

            Assert.That(ours.Error, Is.EqualTo(theirs.Error), "message");
            Assert.That(ours.Packets, Is.EqualTo(theirs.Packets), "packets");
        }
    }

    [Test]
    public void Every_case_has_its_own_name_and_every_difference_its_case()
    {
        string[] names = [.. OptionCases.All.Select(one => one.Name)];
        Assert.That(names, Is.Unique);
        Assert.That(names, Has.Length.GreaterThanOrEqualTo(120));
        Assert.That(OptionDifferences.ByCase.Keys, Is.SubsetOf(names));
    }

    private string FillIn(string text)
    {
        // The run has a network of its own, in which nobody else has these.
        int source = 23000 + (Interlocked.Increment(ref _ports) % 1000);
        return text
            .Replace("{S}", source.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{D}", _capture.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{S+64k}", (source + 65536).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{D+64k}", (_capture.Port + 65536).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    private static bool AnswersQmp(string path)
    {
        try
        {
            using var qmp = new Qmp(path);
            return true;
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or InvalidOperationException or IOException)
        {
            return false; // Not there yet, or gone already.
        }
    }

    private static string IdOf(string text) => OptionProgram.ParseOrDefault(text).Id.Replace(",", ",,", StringComparison.Ordinal);
}
