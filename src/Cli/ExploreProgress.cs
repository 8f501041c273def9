using System.Diagnostics;
using MemCore.Lab.Exploration;
using MemCore.Lab.Progress;

namespace MemCore.Cli;

/// <summary>memcore explore --progress: stops tasks for ever at each of their steps, and holds what the operations declare against what happens.</summary>
internal static class ExploreProgress
{
    public static int Run(TimeSpan budget)
    {
        Stopwatch clock = Stopwatch.StartNew();
        List<SweepResult> sweeps = [];
        foreach (CataloguedMachine machine in ProgressCatalogue.Machines)
        {
            TimeSpan began = clock.Elapsed;
            SweepResult sweep = ProgressCatalogue.Sweep(machine, () => clock.Elapsed > budget);
            sweeps.Add(sweep);
            string end = sweep.Complete ? string.Empty : ", not to the end";
            Console.Error.WriteLine($"{machine.Name}: {sweep.States} states, {sweep.Stops} stops, {sweep.Steps} steps, {(clock.Elapsed - began).TotalSeconds:F1} s{end}");
        }
        IReadOnlyList<OperationProgress> operations = ProgressCatalogue.Together(sweeps);
        Console.Write(ProgressCatalogue.Table(operations));
        List<string> wrong = [.. operations.Select(o => o.Mismatch()).OfType<string>(), .. sweeps.SelectMany(s => s.Failures)];
        bool complete = sweeps.TrueForAll(s => s.Complete);
        Console.WriteLine();
        foreach (string mismatch in wrong) { Console.WriteLine($"ProgressMismatch: {mismatch}"); }
        Console.WriteLine($"{operations.Count} operations on {sweeps.Count} machines, {sweeps.Sum(s => s.Stops)} stops, {wrong.Count} mismatches{(complete ? string.Empty : ", not to the end")}");
        return wrong.Count > 0 ? ExitCode.Finding : complete ? ExitCode.Done : ExitCode.Undecided;
    }
}
