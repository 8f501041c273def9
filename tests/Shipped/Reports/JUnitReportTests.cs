using System.Xml.Linq;
using MemCore.Lab.Reports;

namespace MemCore.Tests.Reports;

public class JUnitReportTests
{
    private static readonly ReportedCase[] s_cases =
    [
        new("explore.migrate", "fault", 0.25),
        new("explore.migrate", "write <cached> (checks off)", 1.5, "unexpected", "DataMismatch & \"more\"", "a -> b\nsecond line \u0001"),
        new("soak", "lock-storm", 60, "LostWake", "task 3 sleeps"),
    ];

    [Fact]
    public void EveryCaseIsInItsSuiteWithTotals()
    {
        XElement root = XDocument.Parse(JUnitReport.Xml("memcore explore", s_cases)).Root!;

        Assert.Equal("testsuites", root.Name.LocalName);
        Assert.Equal(("3", "2"), ((string)root.Attribute("tests")!, (string)root.Attribute("failures")!));
        Assert.Equal(["explore.migrate", "soak"], root.Elements("testsuite").Select(s => (string)s.Attribute("name")!));
        XElement[] cases = [.. root.Descendants("testcase")];
        Assert.Equal(["fault", "write <cached> (checks off)", "lock-storm"], cases.Select(c => (string)c.Attribute("name")!));
        Assert.Equal("0.250", (string)cases[0].Attribute("time")!);
        Assert.Empty(cases[0].Elements());
    }

    [Fact]
    public void FailureKeepsItsTextButForWhatXmlCannotHold()
    {
        XElement failure = XDocument.Parse(JUnitReport.Xml("x", s_cases)).Descendants("failure").First();

        Assert.Equal("unexpected", (string)failure.Attribute("type")!);
        Assert.Equal("DataMismatch & \"more\"", (string)failure.Attribute("message")!);
        Assert.Equal("a -> b\nsecond line ?", failure.Value);
    }

    [Fact]
    public void AnnotationIsOneLineWithItsSpecialCharactersEscaped()
    {
        ReportedCase one = new("explore.migrate", "a,b:c", 1, "unexpected", "100% broken", "first\r\nsecond");

        Assert.Equal("::error title=unexpected in explore.migrate/a%2Cb%3Ac::100%25 broken%0Afirst%0D%0Asecond", JUnitReport.Annotation(one));
    }

    [Fact]
    public void FileIsWrittenWhole()
    {
        string path = Path.Combine(Path.GetTempPath(), $"memcore-junit-{Environment.ProcessId}.xml");
        try
        {
            JUnitReport.Save(path, "memcore soak", s_cases);
            Assert.Equal(3, XDocument.Load(path).Descendants("testcase").Count());
            Assert.False(File.Exists($"{path}.tmp"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
