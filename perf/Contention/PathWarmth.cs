namespace MemCore.Perf.Contention;

/// <summary>Runs paths until their code is compiled for good: calls count towards the tiers, the pauses let the background compiler work.</summary>
internal static class PathWarmth
{
    private const int Passes = 4;
    private const int PauseMs = 150;

    private static readonly Windows s_windows = new(Count: 1, Ms: 5, WarmMs: 5);

    public static void Bring(IEnumerable<HotPath> paths, IReadOnlyList<int> cpus, bool quick)
    {
        for (int pass = 0; pass < (quick ? 1 : Passes); pass++)
        {
            RmwGang.Run(1, cpus, s_windows);
            foreach (HotPath path in paths)
            {
                using ContentionRig rig = new(threads: 1, cpus.Count);
                Gang.Run([path.LoopOf(rig, 0)], cpus, s_windows);
            }
            if (!quick) { Thread.Sleep(PauseMs); }
        }
    }
}
