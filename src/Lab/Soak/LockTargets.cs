using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>The folios that a run locks: one hot, many, a few of one wait bucket, and folios of the imported host. Fixed before the run.</summary>
/// <remarks>The run's own folios are kept alive by one reference each. Those of the host may be moved away: their frames are a hint where one was.</remarks>
internal sealed class LockTargets(Pfn[] own, Pfn[] colliding, Pfn[] imported)
{
    public const int OwnWanted = 256;
    public const int CollidingWanted = 4;
    public const int ImportedWanted = 4096;

    /// <summary>Folios that the run allocated, each with one reference.</summary>
    public IReadOnlyList<Pfn> Own { get; } = [.. own, .. colliding];

    public bool HasColliding => colliding.Length > 1;

    public Pfn Hot => own[0];

    public Pfn Any(ref Xorshift rng) => own[rng.Below(own.Length)];

    public Pfn Colliding(ref Xorshift rng) => colliding[rng.Below(colliding.Length)];

    /// <summary>A frame in which a folio of the host was at the start, or none when it had no fit one.</summary>
    public Pfn Imported(ref Xorshift rng) => imported.Length == 0 ? Pfn.None : imported[rng.Below(imported.Length)];

    /// <summary>Folios of the map that may be locked and referenced: on an LRU list, unlocked, with a count. Evenly spread. At rest only.</summary>
    public static Pfn[] ImportedAtRest(FrameTable frames, int wanted)
    {
        const PageFlags Unfit = PageFlags.Locked | PageFlags.Reserved | PageFlags.HwPoison | PageFlags.Writeback | PageFlags.Waiters;
        FrameColumns at = frames.AtRest;
        List<Pfn> found = [];
        int apart = Math.Max(1, frames.Frames / (wanted * 2));
        int next = 0;
        for (int pfn = 0; pfn < frames.Frames && found.Count < wanted; pfn++)
        {
            if (pfn < next) { continue; }
            PageFlags flags = (PageFlags)at.Flags[pfn];
            if (at.RefCount[pfn] <= 0 || (flags & PageFlags.Lru) == 0 || (flags & Unfit) != 0 || CompoundWord.IsTail(at.Compound[pfn])) { continue; }
            found.Add(new Pfn(pfn));
            next = pfn + apart;
        }
        return [.. found];
    }
}
