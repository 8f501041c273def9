using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>What a migration entry is restored to.</summary>
internal enum MigrationKind
{
    Read,
    ReadExclusive,
    Write,
}

/// <summary>One page-table entry.</summary>
/// <remarks><code>
/// bit  63 .......... 12   9 8  7  6  5     4    3     2     1        0
///      [ frame number  ]  kind -  migr -   huge young dirty writable present
/// </code>
/// 0: nothing is mapped. A migration entry keeps young and dirty, and names the source's frame.
/// </remarks>
internal readonly record struct Pte(ulong Raw)
{
    public const ulong PresentBit = 1, WritableBit = 2, DirtyBit = 4, YoungBit = 8, HugeBit = 16, MigrationBit = 64;
    private const int KindShift = 8;
    private const int PfnShift = 12;

    public static Pte None => default;

    public bool IsNone => Raw == 0;

    public bool IsPresent => (Raw & PresentBit) != 0;

    public bool IsWritable => (Raw & WritableBit) != 0;

    public bool IsDirty => (Raw & DirtyBit) != 0;

    public bool IsYoung => (Raw & YoungBit) != 0;

    public bool IsHuge => (Raw & HugeBit) != 0;

    public bool IsMigration => (Raw & MigrationBit) != 0;

    public MigrationKind Kind => (MigrationKind)((Raw >> KindShift) & 3);

    public Pfn Pfn => new((int)(Raw >> PfnShift));

    public static Pte Present(Pfn pfn, bool writable, bool dirty = false, bool young = true, bool huge = false) =>
        new(((ulong)pfn.Value << PfnShift) | PresentBit | (writable ? WritableBit : 0) | (dirty ? DirtyBit : 0) | (young ? YoungBit : 0) | (huge ? HugeBit : 0));

    public static Pte Migration(Pfn source, MigrationKind kind, bool young, bool dirty) =>
        new(((ulong)source.Value << PfnShift) | MigrationBit | ((ulong)kind << KindShift) | (young ? YoungBit : 0) | (dirty ? DirtyBit : 0));

    public Pte With(ulong bits) => new(Raw | bits);

    public Pte Without(ulong bits) => new(Raw & ~bits);
}
