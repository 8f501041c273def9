using System.Globalization;
using System.Text;
using MemCore.Lab.Exploration;

namespace MemCore.Lab.Progress;

/// <summary>All machines on which the progress of the engine's operations is swept, and the table that comes of it.</summary>
internal static class ProgressCatalogue
{
    public static IReadOnlyList<CataloguedMachine> Machines { get; } = [.. WordMachines.All, .. FolioMachines.All, .. MappingMachines.All];

    /// <summary>Sweeps one machine to the end of its space, or until it is told to stop.</summary>
    public static SweepResult Sweep(CataloguedMachine machine, Func<bool> expired)
    {
        using ExplorationModel model = machine.Build();
        return new ProgressSweep(model, machine.Preemptions, expired).Run(machine.Name);
    }

    /// <summary>What the sweeps saw of each operation, on all machines that it is on.</summary>
    public static IReadOnlyList<OperationProgress> Together(IEnumerable<SweepResult> sweeps)
    {
        SortedDictionary<string, OperationProgress> all = new(StringComparer.Ordinal);
        foreach (OperationProgress seen in sweeps.SelectMany(s => s.Operations))
        {
            if (!all.TryGetValue(seen.Name, out OperationProgress? sum))
            {
                sum = new OperationProgress(seen.Name, seen.Declared);
                all.Add(seen.Name, sum);
            }
            sum.Add(seen);
        }
        return [.. all.Values];
    }

    /// <summary>One row per operation.</summary>
    public static string Table(IEnumerable<OperationProgress> operations)
    {
        StringBuilder table = new("| operation | declared | own steps at most | waits for | stopped in | machine and space |\n|---|---|---|---|---|---|\n");
        foreach (OperationProgress o in operations)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {o.Name} | {o.Declared} | {o.StepsMax} | {List(o.Words)} | {List(o.Blockers)} | {string.Join("; ", o.Machines)} |\n");
        }
        return table.ToString();
    }

    private static string List(IEnumerable<string> items)
    {
        string text = string.Join("; ", items);
        return text.Length == 0 ? "–" : text;
    }
}
