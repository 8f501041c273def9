using MemCore.Lab.Scenarios;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Cli;

/// <summary>Several soaks, one after the other, that differ in their policy alone: same seed, same time, one table.</summary>
internal static class SoakComparison
{
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(2);

    /// <summary>The exit code is that of the worst run. A run that did not come to an end ends the comparison: its threads may still be there.</summary>
    public static int Run(SoakOptions options, IReadOnlyList<string> policies, bool json, bool quiet)
    {
        WarmUp(options);
        List<SoakReport> reports = [];
        int worst = ExitCode.Done;
        foreach (string policy in policies)
        {
            if (!ProtocolCatalogue.TryFind(policy, out Protocol? protocol, out string complaint)) { return CommandLine.Complain(complaint, ["soak"]); }
            IReadOnlyList<string> arguments = With(options.Arguments, policy);
            SoakOptions one = options with { Policy = protocol, PolicyName = policy, Arguments = arguments, Command = SoakVerb.CommandText(arguments) };
            int exit = SoakSession.Run(one, json, quiet, out SoakReport? report);
            if (report is null) { return exit; }
            reports.Add(report);
            worst = Math.Max(worst, exit);
            if (report.Verdict is SoakVerdict.Stalled or SoakVerdict.Interrupted) { break; }
        }
        Console.Out.WriteLine(json ? PolicyTable.Json(reports) : PolicyTable.Text(reports));
        return worst;
    }

    // The first run of a process is slower than the others: its code is still being compiled. Nothing of this one is shown.
    private static void WarmUp(SoakOptions options)
    {
        using SoakReporter silent = new(TextWriter.Null, TextWriter.Null, json: false, quiet: true);
        using SoakRunner runner = new(options with
        {
            Policy = new Protocol(),
            PolicyName = null,
            Duration = options.Duration < s_warmUp ? options.Duration : s_warmUp,
            Plant = PlantedBug.None,
        }, silent);
        if (runner.TryPrepare(out _)) { runner.Run(); }
    }

    // The command of a single run of the comparison.
    private static List<string> With(IReadOnlyList<string> arguments, string policy)
    {
        List<string> with = [];
        for (int i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] == "--policy") { i++; }
            else if (!arguments[i].StartsWith("--policy=", StringComparison.Ordinal)) { with.Add(arguments[i]); }
        }
        return [.. with, "--policy", policy];
    }
}
