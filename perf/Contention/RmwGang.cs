namespace MemCore.Perf.Contention;

/// <summary>The same threads in the same loop on nothing but a word of their own each: what the machine gives at best.</summary>
internal static class RmwGang
{
    public static GangResult Run(int threads, IReadOnlyList<int> cpus, Windows windows)
    {
        OwnedWords[] words = [.. Enumerable.Range(0, threads).Select(_ => new OwnedWords())];
        GangResult result = Gang.Run([.. words.Select(LoopOf)], cpus, windows);
        foreach (OwnedWords word in words) { word.Dispose(); }
        return result;
    }

    private static Func<int, int> LoopOf(OwnedWords word) => n =>
    {
        word.RawRmw(n);
        return n;
    };
}
