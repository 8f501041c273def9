using MemCore.Native;
using MemCore.Perf.Contention;

namespace MemCore.Perf.Growth;

/// <summary>Cost per operation of a thread as more CPUs are at it, each on objects of its own.</summary>
internal static class CpuGrowth
{
    public const string Axis = "cpus";

    private static readonly string[] s_paths = ["alloc-own-cpu", "folio-lock-own", "refcount-own", "lru-add-own-node", "fault-own-mm", "migrate-own-mm"];

    /// <summary>Nothing when there is only one CPU.</summary>
    public static IReadOnlyList<GrowthSeries> Measure(GrowthOptions options, Action<string> progress)
    {
        int[] cpus = [.. CpuTopology.Current.Cpus.Select(c => c.Id)];
        if (cpus.Length < 2)
        {
            progress("one CPU: nothing grows");
            return [];
        }
        HotPath[] paths = [.. HotPath.All.Where(p => s_paths.Contains(p.Name))];
        GrowthSeries[] series = [.. paths.Select(p => new GrowthSeries(Axis, p.Name, "owned RMW on as many CPUs", Law.Flat))];
        PathWarmth.Bring(paths, cpus, options.Quick);
        Windows windows = options.Quick ? new Windows(3, 10, 10) : new Windows(15, 20, 100);
        foreach (int threads in ContentionOptions.Counts(cpus.Length))
        {
            progress($"{threads} CPUs");
            List<double> rmw = [];
            GangResult[] results = new GangResult[paths.Length];
            for (int i = 0; i < paths.Length; i++)
            {
                rmw.Add(RmwGang.Run(threads, cpus, windows).MedianNs);
                using ContentionRig rig = new(threads, cpus.Length);
                results[i] = Gang.Run([.. Enumerable.Range(0, threads).Select(t => paths[i].LoopOf(rig, t))], cpus, windows);
            }
            double rmwNs = rmw.Order().ElementAt(rmw.Count / 2);
            for (int i = 0; i < paths.Length; i++) { series[i].Add(new GrowthPoint(threads, results[i].MedianNs, results[i].MinNs, rmwNs, rmwNs, results[i].AllocatedBytes)); }
        }
        return series;
    }
}
