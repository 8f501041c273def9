using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using MemCore.Lab.Scenarios;
using MemCore.Lab.Soak;

namespace MemCore.Cli;

/// <summary>What one machine said about a planted bug. Seconds: until it was found, or until the search or run ended without it.</summary>
internal sealed record CanaryResult(string Where, bool Found, double Seconds, string What, string Schedule);

/// <summary>Looks for a planted bug in a process of its own: each machine is a switch of the process.</summary>
internal static class CanaryRun
{
    /// <summary>The variant's search, ended at the first violation.</summary>
    public static CanaryResult Explore(Scenario scenario, Variant variant, TimeSpan time)
    {
        string name = $"{scenario.Slug}/{variant.Slug}";
        JsonElement record = Child("memcore.verdict/1", "explore", name, "--first", "--strategy", "dfs", "--time", Milliseconds(time), "--seed", "1", "--json");
        bool found = record.GetProperty("observed").GetArrayLength() > 0;
        return new CanaryResult(name, found, record.GetProperty("seconds").GetDouble(), First(record.GetProperty("observed")),
            found ? record.GetProperty("schedule").GetString() ?? string.Empty : string.Empty);
    }

    /// <summary>A soak of the workload that goes through the mistake, ended by its first finding.</summary>
    public static CanaryResult Soak(Canary canary, TimeSpan time)
    {
        JsonElement record = Child("memcore.soak/1", "soak", "--workload", canary.Workload, "--plant", canary.Bug.ToString(), "--duration", Milliseconds(time),
            "--host", "synthetic", "--frames", "65536", "--frame-bytes", "64", "--threads", "4", "--audit-every", "500ms", "--stall-after", "2s", "--chaos", canary.Chaos ? "high" : "off",
            "--checked", "--seed", "1", "--json", "--quiet");
        JsonElement findings = record.GetProperty("findings");
        bool found = findings.GetArrayLength() > 0;
        string what = found ? findings[0].GetProperty("invariant").GetString() ?? string.Empty : string.Empty;
        return new CanaryResult(canary.Workload, found, record.GetProperty("seconds").GetDouble(), what, string.Empty);
    }

    private static string First(JsonElement kinds) => kinds.GetArrayLength() > 0 ? kinds[0].GetString() ?? string.Empty : string.Empty;

    private static string Milliseconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:f0}ms");

    private static JsonElement Child(string schema, params string[] arguments)
    {
        string self = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this process is not known");
        ProcessStartInfo start = new(self) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(self) == "dotnet") { start.ArgumentList.Add(typeof(CanaryRun).Assembly.Location); }
        foreach (string argument in arguments) { start.ArgumentList.Add(argument); }
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string record = string.Empty;
        while (child.StandardOutput.ReadLine() is { } line)
        {
            if (line.Contains(schema, StringComparison.Ordinal)) { record = line; }
        }
        child.WaitForExit();
        if (record.Length == 0) { throw new InvalidOperationException($"{string.Join(' ', arguments)} ended with {child.ExitCode}: {errors.GetAwaiter().GetResult().Trim()}"); }
        using JsonDocument document = JsonDocument.Parse(record);
        return document.RootElement.Clone();
    }
}
