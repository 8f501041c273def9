using System.Text;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Tests.Soak;

public sealed class JournalTests
{
    private const string Path = "journal.jsonl";

    private static readonly Finding s_finding = new("RefLeak:audit:I-2", ViolationKind.RefLeak, "one reference too many", "line 1\nline 2") { Repro = "out/finding.json" };

    [Fact]
    public void WhatIsWrittenReadsBack()
    {
        JournalFile journal = Read(Start(0), Progress(0, 3, 100), Progress(0, 5, 200, s_finding));

        Assert.Equal(5, journal.Earlier.Tally.Seconds);
        Assert.Equal(200, journal.Earlier.Tally.Operations["lock"].Count);
        Assert.Equal(2, journal.Earlier.Tally.Operations["lock"].Failed);
        Assert.Equal(20, journal.Earlier.Tally.Events["pgfree"]);
        Assert.Equal([s_finding], journal.Earlier.Tally.Findings);
        Assert.Equal(["soak", "--seed", "0x0"], journal.Start.Arguments);
        Assert.Equal(55, journal.RemainingSeconds);
        Assert.Equal(1000UL, journal.NextSeed);
        Assert.Null(journal.End);
    }

    [Fact]
    public void PartsAddUp()
    {
        JournalFile journal = Read(Start(0), Progress(0, 5, 200, s_finding), Start(1), Progress(1, 2, 50), Progress(1, 4, 60, s_finding));

        Assert.Equal([new RunPart(0, 5), new RunPart(1, 4)], journal.Earlier.Parts);
        Assert.Equal(9, journal.Earlier.Tally.Seconds);
        Assert.Equal(260, journal.Earlier.Tally.TotalOperations);
        Assert.Equal(26, journal.Earlier.Tally.Events["pgfree"]);
        Assert.Equal(4, journal.Earlier.Tally.Audits.Full);
        Assert.Single(journal.Earlier.Tally.Findings);
        Assert.Equal(1001UL, journal.NextSeed);
    }

    [Fact]
    public void APartThatDiedBeforeItsFirstRecordCountsAsNothing()
    {
        JournalFile journal = Read(Start(0), Progress(0, 5, 200), Start(1));

        Assert.Equal([new RunPart(0, 5), new RunPart(1, 0)], journal.Earlier.Parts);
        Assert.Equal(1001UL, journal.NextSeed);
    }

    [Fact]
    public void ATruncatedLastLineIsDroppedWhereverItWasCut()
    {
        string whole = Text(Start(0), Progress(0, 3, 100));
        string last = Progress(0, 5, 200, s_finding).ToJson();
        for (int cut = 0; cut <= last.Length; cut++)
        {
            JournalFile journal = Parse(whole + last[..cut]);

            Assert.Equal(Encoding.UTF8.GetByteCount(whole), journal.ValidBytes);
            Assert.Equal(3, journal.Earlier.Tally.Seconds);
        }
        Assert.Equal(5, Parse($"{whole}{last}\n").Earlier.Tally.Seconds);
    }

    [Fact]
    public void ADamagedLastLineIsDroppedToo()
    {
        string whole = Text(Start(0), Progress(0, 3, 100));

        Assert.Equal(3, Parse(whole + "{\"schema\":\"memcore.jour\0\0\0\0\n").Earlier.Tally.Seconds);
    }

    [Fact]
    public void ADamagedEarlierLineIsRefusedByItsNumber()
    {
        string text = Text(Start(0), Progress(0, 3, 100), Progress(0, 5, 100));
        int second = text.IndexOf('\n') + 1;
        string damaged = text[..second] + "x" + text[(second + 1)..];

        SetupError error = Refused(damaged);

        Assert.Equal(2, error.ExitCode);
        Assert.Contains($"{Path}: line 2", error.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a journal\n")]
    [InlineData("{\"schema\":\"memcore.soak/1\"}\n")]
    [InlineData("[]\n[]\n")]
    [InlineData("{\"schema\":\"memcore.journal/1\"")]
    public void AForeignFileIsRefusedWithOneLine(string text)
    {
        SetupError error = Refused(text);

        Assert.Equal(2, error.ExitCode);
        Assert.Contains(Path, error.Text, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Text);
    }

    [Fact]
    public void RecordsAfterTheEndOrOfAnotherPartAreDamage()
    {
        JournalRecord end = Progress(0, 60, 300) with { Kind = JournalKind.End, Verdict = "clean" };

        Refused(Text(Start(0), end, Start(1), Progress(1, 1, 1)));
        Refused(Text(Start(0), Progress(1, 1, 1), Progress(1, 2, 1)));
        Refused(Text(Start(0), Start(2), Progress(2, 2, 1)));
        Assert.Equal("clean", Read(Start(0), end).End!.Verdict);
    }

    [Fact]
    public void ResumedWritingCutsTheTornLineOff()
    {
        string folder = Directory.CreateTempSubdirectory("memcore-journal-").FullName;
        try
        {
            string path = JournalFile.PathIn(folder);
            string whole = Text(Start(0), Progress(0, 3, 100));
            File.WriteAllText(path, whole + "{\"torn");
            Assert.True(JournalFile.TryRead(folder, out JournalFile? journal, out SetupError? error), error?.Text);
            using (SoakReporter reporter = new(TextWriter.Null, TextWriter.Null, json: false, quiet: true))
            using (SoakJournal writer = SoakJournal.Continue(folder, journal.ValidBytes, reporter)) { writer.Write(Start(1)); }

            Assert.Equal(whole + Text(Start(1)), File.ReadAllText(path));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    [Fact]
    public void ANewRunSetsAnEarlierJournalAside()
    {
        string folder = Directory.CreateTempSubdirectory("memcore-journal-").FullName;
        try
        {
            File.WriteAllText(JournalFile.PathIn(folder), "earlier\n");
            using (SoakReporter reporter = new(TextWriter.Null, TextWriter.Null, json: false, quiet: true))
            using (SoakJournal writer = SoakJournal.Begin(folder, reporter)) { writer.Write(Start(0)); }

            Assert.Equal(Text(Start(0)), File.ReadAllText(JournalFile.PathIn(folder)));
            Assert.Equal("earlier\n", File.ReadAllText(System.IO.Path.Combine(folder, "journal.previous.jsonl")));
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static JournalRecord Start(int part) => new()
    {
        Kind = JournalKind.Start,
        Part = part,
        Seed = (ulong)part,
        NextSeed = (ulong)part + 1000,
        Arguments = ["soak", "--seed", $"0x{part:x}"],
        DurationSeconds = 60,
        Host = "made up",
        Frames = 65536,
    };

    private static JournalRecord Progress(int part, double seconds, long operations, params Finding[] findings) => new()
    {
        Kind = JournalKind.Progress,
        Part = part,
        Seed = (ulong)part,
        NextSeed = (ulong)part + 1000,
        Tally = new RunTally
        {
            Seconds = seconds,
            Operations = new Dictionary<string, OperationCount> { ["lock"] = new(operations, operations / 100) },
            Events = new Dictionary<string, long> { ["pgfree"] = operations / 10 },
            Sometimes = new Dictionary<string, long> { ["waiter slept"] = 1 },
            Audits = new AuditSummary(2, findings.Length, 1.5, 2.5),
            Findings = findings,
        },
    };

    private static string Text(params JournalRecord[] records) => string.Concat(records.Select(r => r.ToJson() + "\n"));

    private static JournalFile Read(params JournalRecord[] records) => Parse(Text(records));

    private static JournalFile Parse(string text)
    {
        Assert.True(JournalFile.TryParse(Path, Encoding.UTF8.GetBytes(text), out JournalFile? journal, out SetupError? error), error?.Text);
        return journal;
    }

    private static SetupError Refused(string text)
    {
        Assert.False(JournalFile.TryParse(Path, Encoding.UTF8.GetBytes(text), out _, out SetupError? error));
        return error;
    }
}
