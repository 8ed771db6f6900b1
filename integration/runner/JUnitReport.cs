using System.Globalization;
using System.Text;
using System.Xml;
using NUnit.Framework.Interfaces;

namespace QemuL2tp.Integration.Runner;

/// <summary>The results in the XML that CI systems read.</summary>
internal sealed class JUnitReport(string path)
{
    private readonly List<(string Name, ITestResult Result)> _cases = [];

    public void Add(string name, ITestResult result) => _cases.Add((name, result));

    public void Write()
    {
        using var xml = XmlWriter.Create(path, new XmlWriterSettings { Indent = true, CheckCharacters = false });
        xml.WriteStartElement("testsuites");
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", "integration");
        xml.WriteAttributeString("tests", Text(_cases.Count));
        xml.WriteAttributeString("failures", Text(Count(TestStatus.Failed)));
        xml.WriteAttributeString("skipped", Text(Count(TestStatus.Skipped) + Count(TestStatus.Inconclusive)));
        xml.WriteAttributeString("time", Text(_cases.Sum(one => one.Result.Duration)));
        foreach ((string name, ITestResult result) in _cases)
        {
            WriteCase(xml, name, result);
        }

        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static void WriteCase(XmlWriter xml, string name, ITestResult result)
    {
        int dot = name.IndexOf('.', StringComparison.Ordinal);
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", name[..dot]);
        xml.WriteAttributeString("name", name[(dot + 1)..]);
        xml.WriteAttributeString("time", Text(result.Duration));
        string message = Printable(result.Message);
        switch (result.ResultState.Status)
        {
            case TestStatus.Failed:
                xml.WriteStartElement("failure");
                xml.WriteAttributeString("message", message);
                xml.WriteString(Printable(result.StackTrace));
                xml.WriteEndElement();
                break;
            case TestStatus.Skipped or TestStatus.Inconclusive:
                xml.WriteStartElement("skipped");
                xml.WriteAttributeString("message", message);
                xml.WriteEndElement();
                break;
        }

        if (!string.IsNullOrWhiteSpace(result.Output))
        {
            xml.WriteElementString("system-out", Printable(result.Output));
        }

        xml.WriteEndElement();
    }

    private int Count(TestStatus status) => _cases.Count(one => one.Result.ResultState.Status == status);

    private static string Text(double number) => number.ToString("0.###", CultureInfo.InvariantCulture);

    // What programs under test print may hold bytes that XML has no way to write.
    private static string Printable(string? text)
    {
        var builder = new StringBuilder();
        foreach (char c in text ?? "")
        {
            builder.Append(XmlConvert.IsXmlChar(c) ? c : '?');
        }

        return builder.ToString();
    }
}
