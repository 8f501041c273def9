using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Tests.Soak;

public class VmStatTests
{
    [Fact]
    public void EveryCounterHasANameOfItsOwn()
    {
        EventCounter[] counters = [.. Enum.GetValues<EventCounter>().Where(c => c != EventCounter.Count)];

        string[] names = [.. counters.Select(VmStat.NameOf)];

        Assert.Equal(counters.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z][a-z0-9_]*$", name));
    }

    [Theory]
    [InlineData(EventCounter.PgMigrateSuccess, "pgmigrate_success")]
    [InlineData(EventCounter.PgMigrateFail, "pgmigrate_fail")]
    [InlineData(EventCounter.CompactMigrateScanned, "compact_migrate_scanned")]
    [InlineData(EventCounter.CompactFreeScanned, "compact_free_scanned")]
    [InlineData(EventCounter.CompactIsolated, "compact_isolated")]
    [InlineData(EventCounter.CompactStall, "compact_stall")]
    [InlineData(EventCounter.PgFault, "pgfault")]
    [InlineData(EventCounter.PgMajFault, "pgmajfault")]
    [InlineData(EventCounter.BalloonMigrate, "balloon_migrate")]
    [InlineData(EventCounter.UnevictableCulled, "unevictable_pgs_culled")]
    [InlineData(EventCounter.LruActivated, "pgactivate")]
    [InlineData(EventCounter.NrIsolatedFile, "nr_isolated_file")]
    internal void WhatTheKernelCountsHasItsName(EventCounter counter, string name) => Assert.Equal(name, VmStat.NameOf(counter));

    [Fact]
    public void OnlyReasonsThatOccurredAreReported()
    {
        IReadOnlyList<KeyValuePair<string, long>> reasons = VmStat.MigrationFailures(new Dictionary<string, long> { ["migrate_pinned"] = 3, ["migrate_dirty"] = 0 });

        Assert.Equal([new("pinned", 3)], reasons);
    }
}
