using System.Globalization;

namespace MemCore.Lab.Soak;

/// <summary>How a line of the live screen is to be shown.</summary>
internal enum ScreenTone
{
    Plain,
    Heading,
    Good,
    Bad,
    Faint,
}

/// <summary>One line of the live screen, no wider than asked for and without control characters.</summary>
internal readonly record struct ScreenLine(string Text, ScreenTone Tone);

/// <summary>The live screen as lines, from two snapshots: rates are what happened between them.</summary>
internal static class ScreenText
{
    private const int OperationsMost = 24;
    private const int FindingsMost = 5;
    private const int MissingMost = 4;
    private const int WidthLeast = 40;

    private static readonly CultureInfo s_plain = CultureInfo.InvariantCulture;

    /// <param name="now">The state to show.</param>
    /// <param name="before">An earlier one; null: rates are those since the start.</param>
    /// <param name="width">Columns; lines are cut there.</param>
    /// <param name="height">Rows; the operations with the fewest calls give way.</param>
    public static IReadOnlyList<ScreenLine> Lines(SoakSnapshot now, SoakSnapshot? before, int width, int height)
    {
        List<ScreenLine> head = [Head(now), Health(now)];
        List<ScreenLine> tail = [.. Findings(now), .. Coverage(now), .. Migrations(now), .. Locks(now)];
        int room = Math.Clamp(height - head.Count - tail.Count - 2, 1, OperationsMost);
        return [.. head.Concat(Operations(now, before, room)).Concat(tail).Take(Math.Max(4, height)).Select(l => l with { Text = Fit(l.Text, Math.Max(WidthLeast, width)) })];
    }

    private static ScreenLine Head(SoakSnapshot now)
    {
        string phase = now.Phase.Length == 0 ? $"{Clock(now.Remaining)} left" : now.Phase;
        return new(string.Create(s_plain,
            $"memcore soak  {string.Join(',', now.Workloads)}  {now.Threads} threads  seed 0x{now.Seed:x}  {Clock(now.Seconds)} done, {phase}"), ScreenTone.Heading);
    }

    private static ScreenLine Health(SoakSnapshot now) => new(string.Create(s_plain,
        $"resident {now.RssBytes >> 20} MiB ({(now.RssBytes - now.RssStartBytes) / (1 << 20):+0;-0;0} since the start)   audits {now.Audits}, the last stopped the run for {now.LastPauseMs:0.0} ms"),
        ScreenTone.Plain);

    private static IEnumerable<ScreenLine> Operations(SoakSnapshot now, SoakSnapshot? before, int room)
    {
        Dictionary<string, OperationCount> earlier = before is null ? [] : new(before.Operations);
        double seconds = Math.Max(1e-3, now.Seconds - (before?.Seconds ?? 0));
        yield return new(string.Create(s_plain, $"{"operation",-20}{"per second",14}{"count",18}{"failed",16}"), ScreenTone.Faint);
        foreach ((string name, OperationCount count) in now.Operations.OrderByDescending(o => o.Value.Count).Take(room))
        {
            double rate = (count.Count - earlier.GetValueOrDefault(name).Count) / seconds;
            yield return new(string.Create(s_plain, $"{name,-20}{rate,14:N0}{count.Count,18:N0}{count.Failed,16:N0}"), ScreenTone.Plain);
        }
        long all = now.Operations.Sum(o => o.Value.Count);
        double allRate = (all - earlier.Values.Sum(o => o.Count)) / seconds;
        yield return new(string.Create(s_plain, $"{"all",-20}{allRate,14:N0}{all,18:N0}"), ScreenTone.Plain);
    }

    private static IEnumerable<ScreenLine> Findings(SoakSnapshot now)
    {
        if (now.Findings.Count == 0)
        {
            yield return new("findings none", ScreenTone.Good);
            yield break;
        }
        yield return new(string.Create(s_plain, $"FINDINGS {now.Findings.Count}"), ScreenTone.Bad);
        foreach (Finding finding in now.Findings.Take(FindingsMost)) { yield return new($"  {finding.Invariant}: {finding.Text}", ScreenTone.Bad); }
    }

    private static IEnumerable<ScreenLine> Coverage(SoakSnapshot now)
    {
        string missing = now.SometimesMissing.Count == 0 ? string.Empty
            : $"; not yet: {string.Join(", ", now.SometimesMissing.Take(MissingMost))}{(now.SometimesMissing.Count > MissingMost ? ", ..." : string.Empty)}";
        yield return new(string.Create(s_plain, $"sometimes {now.SometimesReached} of {now.SometimesTotal} reached{missing}"),
            now.SometimesMissing.Count == 0 ? ScreenTone.Good : ScreenTone.Plain);
    }

    private static IEnumerable<ScreenLine> Migrations(SoakSnapshot now)
    {
        if (now.Migrated == 0 && now.MigrationFailures.Count == 0) { yield break; }
        string failed = now.MigrationFailures.Count == 0 ? "no attempt failed"
            : $"failed: {string.Join(", ", now.MigrationFailures.OrderByDescending(f => f.Value).Select(f => string.Create(s_plain, $"{f.Key} {f.Value:N0}")))}";
        yield return new(string.Create(s_plain, $"migrated {now.Migrated:N0}; {failed}"), ScreenTone.Plain);
    }

    private static IEnumerable<ScreenLine> Locks(SoakSnapshot now)
    {
        if (now.TopLocks.Count == 0) { yield break; }
        yield return new(string.Create(s_plain, $"{"folio lock",-14}{"bucket",8}{"waited, all tasks",20}{"waiting now",14}"), ScreenTone.Faint);
        foreach (LockWaitEntry entry in now.TopLocks)
        {
            yield return new(string.Create(s_plain, $"0x{entry.Pfn.Value,-12:x}{entry.Bucket,8}{entry.WaitedSeconds,18:0.0} s{entry.WaitingNow,14}"), ScreenTone.Plain);
        }
    }

    private static string Clock(double seconds)
    {
        TimeSpan time = TimeSpan.FromSeconds(Math.Max(0, seconds));
        return time.TotalHours >= 1 ? string.Create(s_plain, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}") : string.Create(s_plain, $"{time.Minutes}:{time.Seconds:00}");
    }

    private static string Fit(string text, int width)
    {
        string clean = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        return clean.Length <= width ? clean : clean[..(width - 1)] + "~";
    }
}
