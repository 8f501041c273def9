using System.Globalization;
using System.Text;
using System.Xml;

namespace MemCore.Lab.Reports;

/// <summary>One case of a report. <paramref name="Failure"/>: the kind of failure, null when it passed.</summary>
internal sealed record ReportedCase(string Suite, string Name, double Seconds, string? Failure = null, string Message = "", string Details = "");

/// <summary>What continuous integration reads of a run: JUnit XML in a file, annotations in the log.</summary>
internal static class JUnitReport
{
    /// <summary>Writes the file in one step: a reader sees all of it or none.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static void Save(string path, string name, IReadOnlyList<ReportedCase> cases)
    {
        File.WriteAllText($"{path}.tmp", Xml(name, cases), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        File.Move($"{path}.tmp", path, overwrite: true);
    }

    public static string Xml(string name, IReadOnlyList<ReportedCase> cases)
    {
        using MemoryStream bytes = new();
        XmlWriterSettings settings = new() { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false) };
        using (XmlWriter xml = XmlWriter.Create(bytes, settings))
        {
            xml.WriteStartElement("testsuites");
            xml.WriteAttributeString("name", name);
            WriteTotals(xml, cases);
            foreach (IGrouping<string, ReportedCase> suite in cases.GroupBy(c => c.Suite))
            {
                xml.WriteStartElement("testsuite");
                xml.WriteAttributeString("name", suite.Key);
                WriteTotals(xml, [.. suite]);
                foreach (ReportedCase one in suite) { Write(xml, one); }
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
        }
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    /// <summary>One line for each failure, as GitHub Actions reads them from a log; nothing elsewhere.</summary>
    public static void Annotate(TextWriter log, IEnumerable<ReportedCase> cases)
    {
        if (Environment.GetEnvironmentVariable("GITHUB_ACTIONS") != "true") { return; }
        foreach (ReportedCase one in cases.Where(c => c.Failure is not null)) { log.WriteLine(Annotation(one)); }
    }

    public static string Annotation(ReportedCase one) =>
        $"::error title={EscapeProperty($"{one.Failure} in {one.Suite}/{one.Name}")}::{Escape($"{one.Message}\n{one.Details}".TrimEnd())}";

    private static void Write(XmlWriter xml, ReportedCase one)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", one.Suite);
        xml.WriteAttributeString("name", one.Name);
        xml.WriteAttributeString("time", Seconds(one.Seconds));
        if (one.Failure is not null)
        {
            xml.WriteStartElement("failure");
            xml.WriteAttributeString("type", one.Failure);
            xml.WriteAttributeString("message", Legal(one.Message));
            xml.WriteString(Legal(one.Details));
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static void WriteTotals(XmlWriter xml, IReadOnlyList<ReportedCase> cases)
    {
        xml.WriteAttributeString("tests", cases.Count.ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("failures", cases.Count(c => c.Failure is not null).ToString(CultureInfo.InvariantCulture));
        xml.WriteAttributeString("time", Seconds(cases.Sum(c => c.Seconds)));
    }

    private static string Seconds(double seconds) => seconds.ToString("f3", CultureInfo.InvariantCulture);

    // Control characters have no form in XML 1.0.
    private static string Legal(string text) => string.Concat(text.Select(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c) ? c : '?'));

    private static string Escape(string text) =>
        text.Replace("%", "%25", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);

    private static string EscapeProperty(string text) =>
        Escape(text).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal);
}
