namespace MemCore.Lab.Formats;

/// <summary>The bits of one <c>/proc/kpageflags</c> entry, by the kernel's names.</summary>
/// <remarks><code>
/// bits   0..26  stable interface
/// bits  32..42  for kernel developers, may change between versions; page-types shows them with -r only
/// bits  47..63  never written by the kernel: page-types makes them from overloaded bits and the page table
/// </code>
/// On large folios most bits come from the head, so tails repeat them. Thp is set for every large folio, of any order.
/// </remarks>
internal static partial class Kpf
{
    public const ulong Locked = 1UL << 0;

    /// <summary>Unused by current kernels.</summary>
    public const ulong Error = 1UL << 1;
    public const ulong Referenced = 1UL << 2;
    public const ulong Uptodate = 1UL << 3;
    public const ulong Dirty = 1UL << 4;
    public const ulong Lru = 1UL << 5;
    public const ulong Active = 1UL << 6;
    public const ulong Slab = 1UL << 7;
    public const ulong Writeback = 1UL << 8;

    /// <summary>Without Writeback the same bit means readahead.</summary>
    public const ulong Reclaim = 1UL << 9;

    /// <summary>Free in the buddy allocator: every page of a free block shows it, not only the head.</summary>
    public const ulong Buddy = 1UL << 10;
    public const ulong Mmap = 1UL << 11;
    public const ulong Anon = 1UL << 12;
    public const ulong SwapCache = 1UL << 13;
    public const ulong SwapBacked = 1UL << 14;
    public const ulong CompoundHead = 1UL << 15;
    public const ulong CompoundTail = 1UL << 16;

    /// <summary>hugetlb, not THP.</summary>
    public const ulong Huge = 1UL << 17;
    public const ulong Unevictable = 1UL << 18;
    public const ulong HwPoison = 1UL << 19;

    /// <summary>No page at this pfn. Current kernels read holes as 0 instead; exporters should still write it.</summary>
    public const ulong NoPage = 1UL << 20;
    public const ulong Ksm = 1UL << 21;
    public const ulong Thp = 1UL << 22;
    public const ulong Offline = 1UL << 23;
    public const ulong ZeroPage = 1UL << 24;
    public const ulong Idle = 1UL << 25;
    public const ulong PgTable = 1UL << 26;

    public const ulong Reserved = 1UL << 32;
    public const ulong Mlocked = 1UL << 33;

    /// <summary>Belongs to the page's owner; on anonymous pages it means exclusive to one process.</summary>
    public const ulong Owner2 = 1UL << 34;
    public const ulong Private = 1UL << 35;
    public const ulong Private2 = 1UL << 36;

    /// <summary>The swap cache uses this bit, so swap-cache pages show it as well.</summary>
    public const ulong OwnerPrivate = 1UL << 37;
    public const ulong Arch = 1UL << 38;

    /// <summary>Gone from current kernels; page-types no longer knows it.</summary>
    public const ulong Uncached = 1UL << 39;
    public const ulong SoftDirty = 1UL << 40;
    public const ulong Arch2 = 1UL << 41;

    /// <summary>Newer than the tool; page-types does not know it.</summary>
    public const ulong Arch3 = 1UL << 42;

    public const ulong AnonExclusive = 1UL << 47;
    public const ulong Readahead = 1UL << 48;
    public const ulong SlubFrozen = 1UL << 50;
    public const ulong SlubDebug = 1UL << 51;
    public const ulong File = 1UL << 61;
    public const ulong Swap = 1UL << 62;
    public const ulong MmapExclusive = 1UL << 63;

    /// <summary>The 16 bits that page-types hides unless asked for raw flags.</summary>
    public const ulong DeveloperBits = 0xffffUL << 32;
    public const ulong Compound = CompoundHead | CompoundTail;

    // Compile-time checks against the positions that the kernel's header fixes.
    private const byte PgTableIsBit26 = PgTable == 0x400_0000 ? 0 : -1;
    private const byte Arch3IsBit42 = Arch3 == 0x400_0000_0000 ? 0 : -1;
}

/// <summary>One named bit: its position, and how page-types prints it.</summary>
/// <param name="Bit">0 to 63.</param>
/// <param name="Letter">Its sign in the symbolic column; letters repeat, the column decides.</param>
/// <param name="Name">Its long name.</param>
/// <param name="InPageTypes">False for the two bits that page-types has no column for and refuses with -r.</param>
internal readonly record struct KpfFlag(int Bit, char Letter, string Name, bool InPageTypes = true)
{
    public ulong Mask => 1UL << Bit;
}
