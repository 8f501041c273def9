using MemCore.Lab.Formats;

namespace MemCore.Lab.Host;

/// <summary>What stands behind the mappings of a folio: which object the reverse map asks.</summary>
internal enum MappedAs : byte
{
    /// <summary>Never mapped: the map count word holds a type.</summary>
    Typed,

    /// <summary>Mapped as a whole, counted beside the type. No page table is made for it.</summary>
    Hugetlb,

    /// <summary>Anonymous: an anon_vma.</summary>
    Anon,

    /// <summary>Merged: a stable node.</summary>
    Ksm,

    /// <summary>A page cache.</summary>
    File,

    /// <summary>No object: the entry alone knows of the frame, as of the vDSO.</summary>
    Special,
}

/// <summary>One folio in use as the flags show it. The same reading serves the sizing of the machine and the import.</summary>
internal readonly record struct HostFolio(int Head, int Frames, ulong Word, HostFrameClass Kind)
{
    /// <summary>Nothing is wrong with the shape.</summary>
    public const HostDisagreement Sound = HostDisagreement.Count;

    public bool IsMapped => (Word & Kpf.Mmap) != 0;

    public bool IsAnon => (Word & Kpf.Anon) != 0;

    public MappedAs MappedAs => Kind switch
    {
        HostFrameClass.Slab or HostFrameClass.PageTable or HostFrameClass.Offline => MappedAs.Typed,
        HostFrameClass.Hugetlb => MappedAs.Hugetlb,
        HostFrameClass.Anon => (Word & Kpf.Ksm) != 0 && Frames == 1 ? MappedAs.Ksm : MappedAs.Anon,

        // Shared memory in the swap cache has left its file.
        HostFrameClass.File => (Word & Kpf.SwapCache) == 0 ? MappedAs.File : MappedAs.Special,
        _ => MappedAs.Special,
    };

    /// <summary>True for a frame in use with a flag: neither a hole nor free. A poisoned frame is in use whatever it says.</summary>
    public static bool IsUsed(ulong word) => word != 0 && (word & Kpf.NoPage) == 0 && (word & (Kpf.Buddy | Kpf.HwPoison)) != Kpf.Buddy;

    /// <summary>The folio that begins at a frame in use; one frame where it cannot be a folio, and <paramref name="wrong"/> says why.</summary>
    public static HostFolio At(ReadOnlySpan<ulong> flags, int head, out HostDisagreement wrong)
    {
        ulong word = flags[head];
        return new HostFolio(head, FramesAt(flags, head, word, out wrong), word, ClassOf(word));
    }

    private static int FramesAt(ReadOnlySpan<ulong> flags, int head, ulong word, out HostDisagreement wrong)
    {
        wrong = Sound;
        if ((word & Kpf.Compound) == 0) { return 1; }
        if ((word & Kpf.CompoundHead) == 0)
        {
            wrong = HostDisagreement.TailWithoutHead;
            return 1;
        }
        int end = head + 1;
        int furthest = Math.Min(flags.Length, head + HostImporter.LargestFolio + 1);
        while (end < furthest && (flags[end] & Kpf.Compound) == Kpf.CompoundTail) { end++; }
        int frames = end - head;
        bool anonPair = frames == 2 && (word & (Kpf.Anon | Kpf.Slab | Kpf.Huge)) == Kpf.Anon;
        bool shaped = frames > 1 && frames <= HostImporter.LargestFolio && int.IsPow2(frames) && head % frames == 0 && !anonPair
            && (word & Kpf.CompoundTail) == 0;
        if (shaped) { return frames; }
        wrong = HostDisagreement.MisshapenFolio;
        return 1;
    }

    private static HostFrameClass ClassOf(ulong word) =>
        (word & Kpf.Slab) != 0 ? HostFrameClass.Slab
        : (word & Kpf.PgTable) != 0 ? HostFrameClass.PageTable
        : (word & Kpf.Huge) != 0 ? HostFrameClass.Hugetlb
        : (word & Kpf.Offline) != 0 ? HostFrameClass.Offline
        : (word & Kpf.Reserved) != 0 ? HostFrameClass.Reserved
        : (word & Kpf.Anon) != 0 ? HostFrameClass.Anon
        : (word & (Kpf.Lru | Kpf.SwapCache)) != 0 ? HostFrameClass.File
        : HostFrameClass.Other;
}
