using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using NUnit.Framework.Interfaces;

namespace QemuL2tp.Integration.Runner;

/// <summary>The results in the XML that CI systems read.</summary>
internal sealed class JUnitReport(string path)
{
    private readonly List<XElement> _cases = [];

    /// <summary>Takes in the cases of another such report.</summary>
    public void Merge(string other) => _cases.AddRange(XDocument.Load(other).Descendants("testcase"));

    /// <summary>Whether a case of this name is in it.</summary>
    public bool Has(string name) => _cases.Exists(one => $"{one.Attribute("classname")!.Value}.{one.Attribute("name")!.Value}" == name);

    /// <summary>How many of its cases ended how.</summary>
    public Tally Count() => new()
    {
        Passed = _cases.Count(one => one.Element("failure") is null && one.Element("skipped") is null),
        Failed = _cases.Count(one => one.Element("failure") is not null),
        Skipped = _cases.Count(one => one.Element("skipped") is not null),
    };

    public void Add(string name, ITestResult result)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        string message = Printable(result.Message);
        _cases.Add(new XElement(
            "testcase",
            new XAttribute("classname", name[..dot]),
            new XAttribute("name", name[(dot + 1)..]),
            new XAttribute("time", Text(result.Duration)),
            result.ResultState.Status switch
            {
                TestStatus.Failed => new XElement("failure", new XAttribute("message", message), Printable(result.StackTrace)),
                TestStatus.Skipped or TestStatus.Inconclusive => new XElement("skipped", new XAttribute("message", message)),
                _ => null,
            },
            string.IsNullOrWhiteSpace(result.Output) ? null : new XElement("system-out", Printable(result.Output))));
    }

    public void Write()
    {
        Tally count = Count();
        var suite = new XElement(
            "testsuite",
            new XAttribute("name", "integration"),
            new XAttribute("tests", _cases.Count),
            new XAttribute("failures", count.Failed),
            new XAttribute("skipped", count.Skipped),
            new XAttribute("time", Text(_cases.Sum(one => double.Parse(one.Attribute("time")!.Value, CultureInfo.InvariantCulture)))),
            _cases);
        new XElement("testsuites", suite).Save(path);
    }

    private static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    // What programs under test print may hold bytes that XML has no way to write.
    private static string Printable(string? text) => string.Concat((text ?? "").Select(c => XmlConvert.IsXmlChar(c) ? c : '?'));
}
