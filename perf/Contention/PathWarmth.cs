using MemCore.Perf.Measuring;

namespace MemCore.Perf.Contention;

/// <summary>Runs paths until their code is compiled for good.</summary>
internal static class PathWarmth
{
    private static readonly Windows s_windows = new(Count: 1, Ms: 5, WarmMs: 5);

    public static void Bring(IEnumerable<HotPath> paths, IReadOnlyList<int> cpus, bool quick)
    {
        WarmUp.Run(
            () =>
            {
                RmwGang.Run(1, cpus, s_windows);
                foreach (HotPath path in paths)
                {
                    using ContentionRig rig = new(threads: 1, cpus.Count);
                    Gang.Run([path.LoopOf(rig, 0)], cpus, s_windows);
                }
            },
            quick,
            calls: 1);
    }
}
