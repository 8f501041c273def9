using System.Globalization;
using MemCore.Lab.Exploration;
using MemCore.Lab.Repro;
using MemCore.Lab.Scenarios;
using MemCore.Lab.Soak;
using MemCore.Primitives;

namespace MemCore.Cli;

/// <summary>memcore explore --repro: what a soak's workers did last, on a small machine, from the order in which they did it.</summary>
/// <remarks>Exit 1: a violation was found. 6: none was, which says nothing about the soak's. 2 and one line: the file has nothing to explore.</remarks>
internal static class ExploreRepro
{
    private static readonly TimeSpan s_timeDefault = TimeSpan.FromSeconds(20);

    public static int Run(string file, TimeSpan? time, ulong? seed, bool json)
    {
        if (!TryRead(file, out ReproFile? repro, out FlightReduction? reduction, out RecordedScenario? scenario, out string reason))
        {
            Console.Error.WriteLine($"memcore: {reason.ReplaceLineEndings(" ")}");
            return ExitCode.Usage;
        }
        if (!json) { Console.Out.Write(Observed(repro, reduction)); }
        ExplorationOptions options = new()
        {
            Observed = [.. reduction.Steps.Select(s => s.Actor)],
            Wanted = Enum.TryParse(repro.Invariant, out ViolationKind kind) ? [kind] : [],
            Time = time ?? s_timeDefault,
            UnboundedTime = (time ?? s_timeDefault) / 2,
            Seed = seed ?? repro.Seed,
        };
        try
        {
            Verdict verdict = Verdict.Decide(scenario, scenario.Variants[0], options);
            List<Found> found = [.. verdict.Exploration.Found.OrderByDescending(f => options.Wanted.Contains(f.Kind))];
            verdict = verdict with { Result = found.Count > 0 ? VerdictResult.Unexpected : VerdictResult.Inconclusive };
            string judged = found.Count == 0 ? "not shown" : options.Wanted.Contains(found[0].Kind) ? "shown" : "shown as another kind";
            Console.WriteLine(json ? VerdictText.Json(verdict, options.Seed) : $"{judged}: {VerdictText.Outcome(verdict)}");
            foreach (Found one in found.Take(json ? 0 : found.Count)) { Console.WriteLine($"\n{VerdictText.Interleaving(verdict, one)}"); }
            return found.Count > 0 ? ExitCode.Finding : ExitCode.Undecided;
        }
        catch (LabException e)
        {
            Console.Error.WriteLine($"memcore: the lab failed in {file}: {e.Message}");
            return ExitCode.LabFailed;
        }
    }

    private static bool TryRead(string file, out ReproFile repro, out FlightReduction reduction, out RecordedScenario scenario, out string reason)
    {
        (reduction, scenario) = (null!, null!);
        if (!ReproFile.TryRead(file, out repro!, out reason)) { return false; }
        if (repro.Flight?.Operations is not { Count: > 0 } operations || operations.Any(o => o?.Operation is null))
        {
            reason = $"{file} has no recorded operations to explore";
            return false;
        }
        string[] arguments = [.. repro.Arguments ?? []];
        if (ProcessSwitches.ValueOf(arguments, "--plant") is not { } planted || !Enum.TryParse(planted, out PlantedBug bug)) { bug = PlantedBug.None; }
        reduction = new FlightReduction(repro.Flight, ProcessSwitches.ValueOf(arguments, "--policy"));
        if (reduction.Steps.Count == 0)
        {
            reason = $"{file}: none of its {operations.Count} recorded operations has a counterpart on a small machine";
            return false;
        }
        return RecordedScenario.TryMake(reduction.Program, bug, out scenario!, out reason);
    }

    private static string Observed(ReproFile repro, FlightReduction reduction)
    {
        StringWriter text = new(CultureInfo.InvariantCulture);
        text.WriteLine($"{repro.Fingerprint}: {repro.Text}");
        text.WriteLine($"the last operations in the order in which they began, on {reduction.Program.Objects.Count} objects; {reduction.LeftOut.Count} are left out");
        foreach (ReducedStep step in reduction.Steps)
        {
            string standsIn = step.StandsIn ? " (on another folio: what it did on this one has left its ring)" : string.Empty;
            text.WriteLine($"  {step.Operation.AtNs / 1000.0,12:n1} us  worker {(char)('A' + step.Actor)} (task {step.Operation.Worker})  {FlightReduction.Text(step.Operation)}{standsIn}");
        }
        foreach (string line in reduction.LeftOut) { text.WriteLine($"  left out: {line}"); }
        return text.ToString();
    }
}
