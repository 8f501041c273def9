using System.Globalization;
using System.Text;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>What tells protocols apart that break nothing: how much got done, and how much was done in vain. One row a run.</summary>
internal static class PolicyTable
{
    private static readonly EventCounter[] s_again =
        [EventCounter.MigrateLockBusy, EventCounter.MigrateTargetBusy, EventCounter.MigrateStillMapped, EventCounter.MigratePinned, EventCounter.MigrateFreezeFailed];

    /// <summary>The columns, in words: they are the names in JSON.</summary>
    private static readonly (string Name, string Title, Func<SoakReport, double> Of)[] s_columns =
    [
        ("migrationsPerSecond", "migrated/s", r => r.Migrated / r.Seconds),
        ("faultsPerSecond", "faults/s", r => Count(r, EventCounter.PgFault) / r.Seconds),
        ("accessesPerSecond", "accesses/s", r => r.Operations.Where(o => o.Name is "user-read" or "user-write").Sum(o => o.Count) / r.Seconds),
        ("entryWaitsPerSecond", "entry waits/s", r => Count(r, EventCounter.MigrationEntryWaited) / r.Seconds),
        ("passesWastedPerCall", "wasted passes/call", r => Count(r, EventCounter.MigratePassesWasted) / Math.Max(1, Calls(r))),
        ("againPerSuccess", "-EAGAIN/success", r => s_again.Sum(c => Count(r, c)) / Math.Max(1, r.Migrated)),
        ("freezeFailedPerSuccess", "count or freeze/success", r => (Count(r, EventCounter.MigratePinned) + Count(r, EventCounter.MigrateFreezeFailed)) / Math.Max(1, r.Migrated)),
        ("handOffsPerSecond", "hand-offs/s", r => Count(r, EventCounter.LockHandedOff) / r.Seconds),
        ("operationsPerSecond", "operations/s", r => r.TotalOperations / r.Seconds),
        ("givenUpPerSuccess", "given up/success", r => (double)r.MigrationsFailed / Math.Max(1, r.Migrated)),
    ];

    public static string Text(IReadOnlyList<SoakReport> reports)
    {
        CultureInfo plain = CultureInfo.InvariantCulture;
        int width = Math.Max(6, reports.Max(r => NameOf(r).Length));
        StringBuilder text = new();
        text.Append('\n').Append("policy".PadRight(width));
        foreach ((_, string title, _) in s_columns) { text.Append("  ").Append(title); }
        text.Append("  verdict\n");
        foreach (SoakReport report in reports)
        {
            text.Append(NameOf(report).PadRight(width));
            foreach ((string name, string title, Func<SoakReport, double> of) in s_columns)
            {
                string value = of(report).ToString(name.EndsWith("PerSecond", StringComparison.Ordinal) ? "N0" : "0.0000", plain);
                text.Append("  ").Append(value.PadLeft(title.Length));
            }
            text.Append("  ").Append(SoakJson.VerdictName(report.Verdict)).Append('\n');
        }
        return text.ToString();
    }

    public static string Json(IReadOnlyList<SoakReport> reports) => SoakJson.Record("memcore.comparison/1", json =>
    {
        json.WriteStartArray("runs");
        foreach (SoakReport report in reports)
        {
            json.WriteStartObject();
            json.WriteString("policy", report.Options.PolicyName);
            json.WriteString("verdict", SoakJson.VerdictName(report.Verdict));
            json.WriteNumber("seed", report.Options.Seed);
            json.WriteNumber("seconds", Math.Round(report.Seconds, 3));
            foreach ((string name, _, Func<SoakReport, double> of) in s_columns) { json.WriteNumber(name, Math.Round(of(report), 6)); }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    private static string NameOf(SoakReport report) => report.Options.PolicyName ?? "default";

    private static double Count(SoakReport report, EventCounter counter) => report.VmStat.FirstOrDefault(c => c.Key == VmStat.NameOf(counter)).Value;

    private static double Calls(SoakReport report) => report.Operations.Where(o => o.Name == OperationNames.Of(Operation.MigratePages)).Sum(o => o.Count);
}
