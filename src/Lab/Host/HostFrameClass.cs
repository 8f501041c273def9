namespace MemCore.Lab.Host;

/// <summary>What a frame of the host is used for. The flags decide; the first that fits, from above.</summary>
internal enum HostFrameClass : byte
{
    /// <summary>No memory at this frame number.</summary>
    Hole,

    /// <summary>Memory that the kernel has not initialised yet.</summary>
    Absent,

    /// <summary>In the kernel's free lists.</summary>
    Free,

    /// <summary>Initialised memory without any flag: the kernel's own, or on a list of one CPU.</summary>
    Kernel,

    Reserved,
    Slab,
    PageTable,
    Hugetlb,

    /// <summary>Taken away from the kernel, by a balloon for example.</summary>
    Offline,

    Anon,

    /// <summary>Page cache, shared memory among it.</summary>
    File,

    /// <summary>In use, with flags that name no owner.</summary>
    Other,
}

/// <summary>Contradictions within a recording. The flags decide; the rest is counted and, where the image needs it, kept.</summary>
internal enum HostDisagreement
{
    /// <summary>A frame is mapped but has no flag: the counts were read later. The count is dropped.</summary>
    CountWithoutFlags,

    /// <summary>A frame is mapped and free. The count is dropped.</summary>
    CountOnFree,

    /// <summary>A frame is mapped, but its folio does not say so. The count is dropped.</summary>
    CountWithoutMmap,

    /// <summary>A folio says that it is mapped, but no frame of it is. One mapping is taken.</summary>
    MmapWithoutCount,

    /// <summary>Slab, page table or offline, and mapped: such pages are not. The count is dropped.</summary>
    CountOnTyped,

    /// <summary>Slab with ANON, KSM or other bits that the slab owner reuses. Not an error; the bits mean nothing.</summary>
    SlabWithForeignBits,

    /// <summary>A free frame with other flags than the mark of a reported page. Kept for the image only.</summary>
    FreeWithFlags,

    /// <summary>A tail that no head covers. Taken as a frame of its own.</summary>
    TailWithoutHead,

    /// <summary>A head whose frames are no power of two, not aligned or too many. Its frames are taken one by one.</summary>
    MisshapenFolio,

    /// <summary>A tail whose flags are not its head's. The head decides.</summary>
    TailDiffersFromHead,

    /// <summary>ACTIVE and UNEVICTABLE at once. Taken as unevictable.</summary>
    ActiveAndUnevictable,

    /// <summary>Locked or under writeback: the one who would end it is not here. Kept for the image only.</summary>
    InFlight,

    /// <summary>SWAPCACHE that does not agree with SWAPBACKED and OWNER_PRIVATE, which it is made of.</summary>
    SwapCacheBits,

    /// <summary>Flags outside of memory. Taken as the kernel's.</summary>
    FlagsInHole,

    /// <summary>LRU on slab, page-table, hugetlb, reserved or offline frames, which no list holds. Kept for the image only.</summary>
    LruOnTyped,

    /// <summary>A merged folio of several frames: there is none. Taken as anonymous.</summary>
    MergedLarge,

    /// <summary>Exclusive to one process and mapped more than once. Taken as shared.</summary>
    ExclusiveButShared,

    /// <summary>A frame mapped more often than there are Mms to map it. The count is cut.</summary>
    CountBeyondMms,

    Count,
}
