using System.Diagnostics;
using System.Runtime.InteropServices;
using MemCore.Native;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Contention;

/// <summary>Threads in a closed loop, each pinned to a CPU of its own; what they got done is read from outside, window after window.</summary>
/// <remarks>
/// A thread publishes its count on a line of its own after each chunk, so nothing is shared but what the loops share. It also notes how long
/// its chunks took: far less than a scheduler's turn, so on a machine with other work the median is still that of chunks that ran undisturbed.
/// </remarks>
internal static unsafe class Gang
{
    private const int ChunkUs = 20;
    private const int ChunkMin = 64;
    private const int ChunkMax = 1 << 14;
    private const int WarmChunks = 32;
    private const int ChunksKept = 1 << 12;
    private const int StrideLongs = 16;

    /// <param name="loops">One for each thread: runs so many operations, returns how many it got done.</param>
    /// <param name="cpus">At least as many.</param>
    /// <param name="windows">How often, and how long, is counted.</param>
    public static GangResult Run(IReadOnlyList<Func<int, int>> loops, IReadOnlyList<int> cpus, Windows windows)
    {
        int threads = loops.Count;
        Shared shared = new() { Chunks = [.. Enumerable.Range(0, threads).Select(_ => new double[ChunksKept])], Counts = (long*)NativeMemory.AlignedAlloc((nuint)threads * StrideLongs * sizeof(long), StrideLongs * sizeof(long)) };
        new Span<long>(shared.Counts, threads * StrideLongs).Clear();
        Thread[] team = [.. Enumerable.Range(0, threads).Select(i => new Thread(() => Serve(shared, i, loops[i], cpus[i])) { IsBackground = true, Name = "contender" })];
        foreach (Thread thread in team) { thread.Start(); }
        while (Volatile.Read(ref shared.Ready) != threads) { Thread.Sleep(1); }
        Thread.Sleep(windows.WarmMs);
        double[] rates = new double[windows.Count];
        long[] first = Read(shared, threads);
        IdleTime idle = IdleTime.Now();
        for (int window = 0; window < rates.Length; window++)
        {
            long before = Read(shared, threads).Sum();
            long start = Stopwatch.GetTimestamp();
            long done;
            do
            {
                // Longer when others keep all the threads from running.
                Thread.Sleep(windows.Ms);
                done = Read(shared, threads).Sum() - before;
            }
            while (done == 0);
            rates[window] = done / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        double idlePercent = idle.PercentSince();
        long[] last = Read(shared, threads);
        Volatile.Write(ref shared.Stop, 1);
        foreach (Thread thread in team) { thread.Join(); }
        NativeMemory.AlignedFree(shared.Counts);
        double[] chunks = [.. shared.Chunks.SelectMany(c => c).Where(ns => ns > 0).Order()];
        return new GangResult(rates, [.. last.Zip(first, (l, f) => l - f)], chunks, shared.Pinned, idlePercent, shared.AllocatedBytes);
    }

    private static void Serve(Shared shared, int number, Func<int, int> loop, int cpu)
    {
        if (ThreadPinning.TryPin(cpu).IsPinned) { Interlocked.Increment(ref shared.Pinned); }
        double nsPerTick = 1e9 / Stopwatch.Frequency;
        double best = double.MaxValue;
        for (int i = 0; i < WarmChunks; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Opaque.Call(loop, ChunkMin);
            best = Math.Min(best, (Stopwatch.GetTimestamp() - start) * nsPerTick / ChunkMin);
        }
        int chunk = (int)Math.Clamp(ChunkUs * 1000 / Math.Max(best, 1), ChunkMin, ChunkMax);
        double[] chunks = shared.Chunks[number];
        Interlocked.Increment(ref shared.Ready);
        ref long count = ref shared.Counts[number * StrideLongs];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; Volatile.Read(ref shared.Stop) == 0; i++)
        {
            long start = Stopwatch.GetTimestamp();
            int done = Opaque.Call(loop, chunk);
            if (done != 0) { chunks[i % ChunksKept] = (Stopwatch.GetTimestamp() - start) * nsPerTick / done; }
            Volatile.Write(ref count, count + done);
        }
        Interlocked.Add(ref shared.AllocatedBytes, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static long[] Read(Shared shared, int threads)
    {
        long[] counts = new long[threads];
        for (int i = 0; i < threads; i++) { counts[i] = Volatile.Read(ref shared.Counts[i * StrideLongs]); }
        return counts;
    }

    private sealed class Shared
    {
        public required double[][] Chunks;
        public long* Counts;
        public int Ready;
        public int Pinned;
        public int Stop;
        public long AllocatedBytes;
    }
}

/// <summary>How often and how long a gang is watched, after it has run for a while.</summary>
internal sealed record Windows(int Count, int Ms, int WarmMs);

/// <summary>What a gang got done.</summary>
/// <param name="Rates">Operations a second of all threads, window by window.</param>
/// <param name="Operations">Of each thread, in all windows.</param>
/// <param name="ChunkNs">Of an operation in one thread, by the chunks of all threads, the last few thousand of each, in order.</param>
/// <param name="Pinned">Threads that sit on their CPU.</param>
/// <param name="IdlePercent">Of the whole machine's CPU time meanwhile; what others did counts as busy.</param>
/// <param name="AllocatedBytes">Managed bytes of the loops.</param>
internal sealed record GangResult(double[] Rates, long[] Operations, double[] ChunkNs, int Pinned, double IdlePercent, long AllocatedBytes)
{
    /// <summary>Median of the windows: operations a second.</summary>
    public double Rate => Rates.Order().ElementAt(Rates.Length / 2);

    /// <summary>Of one operation in one thread, by the clock: what others did on the CPUs counts too.</summary>
    public double Ns => Operations.Length * 1e9 / Rate;

    /// <summary>Of one operation in one thread, in the chunk in the middle.</summary>
    public double MedianNs => ChunkNs[ChunkNs.Length / 2];

    public double MinNs => ChunkNs[0];

    /// <summary>The least of any thread's share, times the threads: 1 is fair.</summary>
    public double LeastShare => ShareOf(Operations.Min());

    public double LargestShare => ShareOf(Operations.Max());

    private double ShareOf(long operations) => (double)operations * Operations.Length / Math.Max(Operations.Sum(), 1);
}
