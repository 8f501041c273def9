using System.Numerics;
using System.Runtime.InteropServices;

namespace MemCore.Native;

/// <summary>CPU masks of threads on Linux, of any width.</summary>
/// <remarks>The mask that the kernel reports is already cut to the cpuset and to CPUs that are online.</remarks>
internal static unsafe partial class LinuxAffinity
{
    private const int WordBits = 64;
    private const int WordsAtFirst = 1024 / WordBits;
    private const int WordsMax = (CpuList.NumberMax + 1) / WordBits;

    // Read before the first pin of any thread (TryPin touches it first), so it is what the process was started with,
    // also when the main thread pins itself later. Null: the kernel refused to tell.
    private static readonly ulong[]? s_processMask = ReadMask(Environment.ProcessId, out int _);

    /// <summary>The mask of the process as it was before any thread was pinned here; null if unknown.</summary>
    public static ulong[]? ProcessMask => s_processMask;

    /// <summary>The CPU numbers of <see cref="ProcessMask"/>; null if unknown.</summary>
    public static int[]? ProcessCpus() => s_processMask is null ? null : CpusOf(s_processMask);

    /// <summary>The calling thread's CPUs now; null with errno when refused.</summary>
    public static int[]? ThreadCpus(out int errno)
    {
        ulong[]? mask = ReadMask(0, out errno);
        return mask is null ? null : CpusOf(mask);
    }

    /// <summary>Sets the calling thread's mask. Zero, or the errno of the refusal.</summary>
    public static int SetThreadMask(ulong[] mask)
    {
        fixed (ulong* words = mask)
        {
            return SchedSetAffinity(0, (nuint)mask.Length * sizeof(ulong), words) == 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>The CPU that the calling thread runs on at this moment; -1 if unknown.</summary>
    public static int CurrentCpu() => SchedGetCpu();

    /// <summary>A mask of one CPU, as wide as its number needs.</summary>
    public static ulong[] MaskOf(int cpu)
    {
        ulong[] mask = new ulong[Math.Max(WordsAtFirst, cpu / WordBits + 1)];
        mask[cpu / WordBits] = 1UL << cpu % WordBits;
        return mask;
    }

    public static int[] CpusOf(ReadOnlySpan<ulong> mask)
    {
        var cpus = new List<int>();
        for (int word = 0; word < mask.Length; word++)
        {
            for (ulong left = mask[word]; left != 0; left &= left - 1)
            {
                cpus.Add(word * WordBits + BitOperations.TrailingZeroCount(left));
            }
        }
        return [.. cpus];
    }

    private static ulong[]? ReadMask(int threadId, out int errno)
    {
        // EINVAL means narrower than the kernel's own masks: widen and ask again.
        for (int words = WordsAtFirst; ; words *= 2)
        {
            ulong[] mask = new ulong[words];
            fixed (ulong* first = mask)
            {
                errno = SchedGetAffinity(threadId, (nuint)words * sizeof(ulong), first) >= 0 ? 0 : Marshal.GetLastPInvokeError();
            }
            if (errno == 0) { return mask; }
            if (errno != Errno.EINVAL || words >= WordsMax) { return null; }
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    private static partial int SchedGetAffinity(int threadId, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SchedSetAffinity(int threadId, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_getcpu")]
    private static partial int SchedGetCpu();
}
