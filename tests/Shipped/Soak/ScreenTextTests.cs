using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Tests.Soak;

public class ScreenTextTests
{
    private static readonly SoakSnapshot s_now = new()
    {
        Workloads = ["mixed"],
        Threads = 4,
        Seed = 0x5eed,
        Seconds = 75,
        Remaining = 3725,
        Operations = [new("lock", new(10_000, 5)), new("alloc", new(4_000, 0))],
        TopLocks = [new LockWaitEntry(new Pfn(0x1f), 7, 12.5, 2)],
        Migrated = 1234,
        MigrationFailures = [new("pinned", 3), new("lock busy", 40)],
        Findings = [],
        SometimesReached = 8,
        SometimesTotal = 10,
        SometimesMissing = ["waiter slept", "memory exhausted"],
        Audits = 9,
        LastPauseMs = 4.2,
        RssStartBytes = 100 << 20,
        RssBytes = 101 << 20,
    };

    [Fact]
    public void RatesAreWhatHappenedSinceTheEarlierSnapshot()
    {
        SoakSnapshot before = s_now with { Seconds = 73, Operations = [new("lock", new(4_000, 5))] };

        string[] lines = Texts(s_now, before);

        Assert.Contains(lines, l => l.StartsWith("lock", StringComparison.Ordinal) && l.Contains("3,000", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("alloc", StringComparison.Ordinal) && l.Contains("2,000", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.StartsWith("all ", StringComparison.Ordinal) && l.Contains("5,000", StringComparison.Ordinal));
    }

    [Fact]
    public void TheScreenShowsTimeMemoryAuditsLocksFailuresAndCoverage()
    {
        string text = string.Join('\n', Texts(s_now, null));

        Assert.Contains("1:15 done, 1:02:05 left", text, StringComparison.Ordinal);
        Assert.Contains("seed 0x5eed", text, StringComparison.Ordinal);
        Assert.Contains("resident 101 MiB (+1 since the start)   audits 9", text, StringComparison.Ordinal);
        Assert.Contains("0x1f", text, StringComparison.Ordinal);
        Assert.Contains("12.5 s", text, StringComparison.Ordinal);
        Assert.Contains("migrated 1,234; failed: lock busy 40, pinned 3", text, StringComparison.Ordinal);
        Assert.Contains("sometimes 8 of 10 reached; not yet: waiter slept, memory exhausted", text, StringComparison.Ordinal);
        Assert.Contains("findings none", text, StringComparison.Ordinal);
    }

    [Fact]
    public void AFindingIsShownAsBad()
    {
        SoakSnapshot found = s_now with { Findings = [new Finding("k", ViolationKind.RefLeak, "one reference\ntoo many", "")] };

        IReadOnlyList<ScreenLine> lines = ScreenText.Lines(found, null, 100, 40);

        Assert.Contains(lines, l => l.Tone == ScreenTone.Bad && l.Text == "  RefLeak: one reference too many");
    }

    [Theory]
    [InlineData(40, 10)]
    [InlineData(80, 24)]
    [InlineData(200, 60)]
    public void LinesFitTheTerminal(int width, int height)
    {
        SoakSnapshot many = s_now with
        {
            Operations = [.. Enumerable.Range(0, 40).Select(i => new KeyValuePair<string, OperationCount>($"operation-{i}", new(i, 0)))],
            SometimesMissing = [.. Enumerable.Range(0, 50).Select(i => $"state number {i} with a long name")],
        };

        IReadOnlyList<ScreenLine> lines = ScreenText.Lines(many, null, width, height);

        Assert.InRange(lines.Count, 1, height);
        Assert.All(lines, l => Assert.InRange(l.Text.Length, 0, width));
        Assert.DoesNotContain(lines, l => l.Text.Any(char.IsControl));
    }

    private static string[] Texts(SoakSnapshot now, SoakSnapshot? before) => [.. ScreenText.Lines(now, before, 120, 50).Select(l => l.Text)];
}
