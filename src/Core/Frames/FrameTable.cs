using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>A folio as somebody got to know it: the head frame, and the generation it had then.</summary>
public readonly record struct FolioHandle(Pfn Pfn, uint Generation);

/// <summary>The kernel's mem_map as columns: one element per frame, never unmapped while the machine lives.</summary>
/// <remarks>
/// The words that nearly every operation on a frame uses share a record: half a line a frame.
/// Metadata is type-stable, so a late reader finds words of another life of the frame but never foreign memory. The generation tells
/// lives apart: odd while allocated, even while free, one step at each allocation and each free.
/// </remarks>
internal sealed class FrameTable
{
    /// <summary>The highest order of a folio and of a block that the allocator hands out.</summary>
    public const int MaxOrder = 10;

    // A dozen MiB of words.
    private const int PrefetchedFramesMin = 1 << 18;

    private readonly RecordColumn<uint> _flags; // (A) FlagsWord
    private readonly RecordColumn<int> _refCount; // (A) FolioRef
    private readonly RecordColumn<int> _mapCount; // (A) MapCount
    private readonly Column<uint> _compound; // CompoundWord: changed by the folio's sole owner
    private readonly RecordColumn<uint> _generation; // changed by the allocator, while it owns the frame alone
    private readonly RecordColumn<long> _mapping; // (F) MappingWord
    private readonly Column<long> _index; // (F)
    private readonly RecordColumn<long> _private; // (F)
    private readonly Column<int> _hostRefs; // references whose holder is the imported host; changed at import and by who drops one

    public FrameTable(Arena arena, int frames)
    {
        Frames = frames;
        Records records = arena.BeginRecords(frames);
        _flags = arena.AddToRecords<uint>(records, FrameRecord.FlagsAt, "flags", ColumnKind.State);
        _refCount = arena.AddToRecords<int>(records, FrameRecord.RefCountAt, "refcount", ColumnKind.State);
        _mapCount = arena.AddToRecords<int>(records, FrameRecord.MapCountAt, "mapcount", ColumnKind.State);
        _compound = arena.Add<uint>("compound", frames, ColumnKind.State);
        _generation = arena.AddToRecords<uint>(records, FrameRecord.GenerationAt, "generation", ColumnKind.Canonical, canonicalMask: 1);
        _mapping = arena.AddToRecords<long>(records, FrameRecord.MappingAt, "mapping", ColumnKind.State);
        _index = arena.Add<long>("index", frames, ColumnKind.State);
        _private = arena.AddToRecords<long>(records, FrameRecord.PrivateAt, "private", ColumnKind.State);
        _hostRefs = arena.Add<int>("host_refs", frames, ColumnKind.State);
        _mapCount.AtRest.Fill(MapCount.Idle);
        Words = new FolioWords(_flags, _refCount);
        Lives = new FrameLives(_flags, _refCount, _mapCount, _generation, _mapping, _private);
    }

    public int Frames { get; }

    /// <summary>Beginnings and ends of the lives of clean frames, for the allocator to copy.</summary>
    public FrameLives Lives { get; }

    /// <summary>Flags and reference counts together, for hot paths to copy.</summary>
    public FolioWords Words { get; }

    /// <summary>True when there are so many frames that the words of a random one are in no cache.</summary>
    public bool IsWorthPrefetching
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Frames >= PrefetchedFramesMin;
    }

    /// <summary>The columns for import, audits at quiescence and export. Never while tasks run.</summary>
    public FrameColumns AtRest => new(
        _flags.AtRest, _refCount.AtRest, _mapCount.AtRest, _compound.AtRest, _generation.AtRest,
        _mapping.AtRest, _index.AtRest, _private.AtRest, _hostRefs.AtRest);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FlagsWord Flags(Pfn pfn) => new(ref _flags[pfn.Value]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FolioRef Ref(Pfn pfn) => new(ref _refCount[pfn.Value]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public MapCount Map(Pfn pfn) => new(ref _mapCount[pfn.Value]);

    public MappingWord Mapping(Pfn pfn) => new(ref _mapping[pfn.Value]);

    public CompoundWord Compound(Pfn pfn) => new(ref _compound[pfn.Value]);

    /// <summary>Offset in the mapping. The folio is locked, or the caller is its sole owner.</summary>
    public long IndexLocked(Pfn pfn) => Atomic.PlainLoad(ref _index[pfn.Value]);

    public void SetIndexLocked(Pfn pfn, long index) => Atomic.PlainStore(ref _index[pfn.Value], index);

    /// <summary>The owner's own word. The folio is locked, or the caller is its sole owner.</summary>
    public long PrivateLocked(Pfn pfn) => Atomic.PlainLoad(ref _private[pfn.Value]);

    public void SetPrivateLocked(Pfn pfn, long value) => Atomic.PlainStore(ref _private[pfn.Value], value);

    /// <summary>Huge entries that map a large folio: the index word of its first tail. Stale unless the folio is locked and unmapped.</summary>
    public int HugeMapsOf(Pfn head) => (int)Atomic.Load(ref _index[head.Value + 1]);

    /// <summary>Adds a huge entry of a large folio, or takes one away. Wait-free.</summary>
    public void AddHugeMap(Pfn head, int by)
    {
        long now = Atomic.Add(ref _index[head.Value + 1], by);
        Bug.If(now < 0, ViolationKind.RefUnderflow, "huge mapping removed that was not there", head.Value);
    }

    /// <summary>Page entries that map any frame of a folio: the sum over its frames. Of a moment ago while they change.</summary>
    public int PageMapsOf(Pfn head, int order)
    {
        int sum = 0;
        if (Seam.On)
        {
            for (int i = 0; i < 1 << order; i++) { sum += Map(head + i).Count; }
            return sum;
        }
        foreach (int word in _mapCount.AtRest.Slice(head.Value, 1 << order)) { sum += word; }
        return sum + (1 << order); // stored minus one; frames of a folio above order 0 have no type while one of them is mapped
    }

    /// <summary>Asks for the words of a frame that will be wanted soon. False: no such frame, or so few that their words are in a cache anyway.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Prefetch(Pfn pfn)
    {
        if (Seam.On || !IsWorthPrefetching || (uint)pfn.Value >= (uint)Frames) { return false; }
        PrefetchWords(pfn.Value);
        return true;
    }

    private void PrefetchWords(int pfn)
    {
        _flags.Prefetch(pfn); // and with it the record
        _compound.Prefetch(pfn);
        _index.Prefetch(pfn);
    }

    /// <summary>0 when a frame bears no trace of an owner: none of <paramref name="of"/>, no reference, no mapping, no map count, no type.</summary>
    /// <param name="pfn">A frame that the caller owns alone.</param>
    /// <param name="of">The flags that count as a trace.</param>
    /// <param name="now">All flags that are set.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Traces(Pfn pfn, PageFlags of, out PageFlags now)
    {
        now = (PageFlags)Atomic.Load(ref _flags[pfn.Value]) & PageFlags.All;
        return (uint)(now & of)
            | Atomic.Load(ref _mapping[pfn.Value])
            | (uint)(Atomic.Load(ref _mapCount[pfn.Value]) ^ MapCount.Idle)
            | (uint)Atomic.Load(ref _refCount[pfn.Value]);
    }

    /// <summary>True when each tail of a folio says so and is idle. Sole owner only: two vectorised scans, but word by word with the seam on.</summary>
    public bool TailsAreIdle(Pfn head, int order)
    {
        int first = head.Value + 1;
        int tails = (1 << order) - 1;
        uint tail = CompoundWord.Tail(head);
        if (!Seam.On)
        {
            return !_compound.Row(first, tails).ContainsAnyExcept(tail) && Lives.AreIdle(first, tails);
        }
        for (int i = first; i < first + tails; i++)
        {
            if (Atomic.Load(ref _compound[i]) != tail || Atomic.Load(ref _mapCount[i]) != MapCount.Idle || Atomic.Load(ref _refCount[i]) != 0) { return false; }
        }
        return true;
    }

    /// <summary>The head of the folio that a frame belongs to; the frame itself when it is no tail. Stale without a reference.</summary>
    public Pfn HeadOf(Pfn pfn)
    {
        uint raw = Compound(pfn).Raw;
        return CompoundWord.IsTail(raw) ? CompoundWord.HeadOf(raw) : pfn;
    }

    /// <summary>The order of the folio whose head this is. Stale without a reference.</summary>
    public int OrderOf(Pfn head) => CompoundWord.OrderOf(Compound(head).Raw);

    /// <summary>Makes one folio of 2^<paramref name="order"/> frames. Sole owner only: fresh from the allocator.</summary>
    /// <remarks>All tails carry the same word, so this is one vectorised fill.</remarks>
    public void MakeCompound(Pfn head, int order)
    {
        if (order == 0) { return; }
        Atomic.PlainStore(ref _compound[head.Value], CompoundWord.Head(order));
        _compound.FillPlain(head.Value + 1, (1 << order) - 1, CompoundWord.Tail(head));

        // In its last life the first tail may have had an index of its own; now the word counts huge mappings.
        Atomic.PlainStore(ref _index[head.Value + 1], 0);

        // The head has its reference already: who takes another one on suspicion may lock the folio meanwhile.
        Flags(head).Set(PageFlags.Head);
    }

    /// <summary>Takes a folio apart into frames of their own. Sole owner only: on its way to the allocator.</summary>
    public void BreakCompound(Pfn head, int order)
    {
        if (order == 0) { return; }
        _compound.FillPlain(head.Value, 1 << order, 0);
        ref uint flags = ref _flags[head.Value];
        Atomic.Store(ref flags, Atomic.PlainLoad(ref flags) & ~(uint)PageFlags.Head);
    }

    /// <summary>The life a frame is in. Acquires.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Generation(Pfn pfn)
    {
        // Pairs with FrameLives.TryBegin, FrameLives.TryEnd and FrameLives.TryEndUsed: to see a life over is to see the frame wiped.
        return Atomic.Load(ref _generation[pfn.Value]);
    }

    /// <summary>As above for an oracle: no order, and no point for a scheduler.</summary>
    public uint GenerationPlain(Pfn pfn) => Atomic.PlainLoad(ref _generation[pfn.Value]);

    public static bool IsAllocated(uint generation) => (generation & 1) != 0;

    /// <summary>A handle to the folio as it is now. The caller holds a reference, or means to validate.</summary>
    public FolioHandle Handle(Pfn head) => new(head, Generation(head));

    /// <summary>True while the frame is in the life that the handle names.</summary>
    public bool IsSameLife(FolioHandle handle) => Generation(handle.Pfn) == handle.Generation;

    /// <summary>Raises use after free when the frame has been freed since the handle was made.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void VerifyAlive(FolioHandle handle) =>
        Bug.If(!IsSameLife(handle), ViolationKind.UseAfterFree, "frame used in another life than the one it was known in", handle.Pfn.Value);

    /// <summary>Begins a life. Allocator only; the caller owns the frame alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginLife(Pfn pfn)
    {
        ref uint word = ref _generation[pfn.Value];
        uint generation = Atomic.PlainLoad(ref word);
        Bug.If(IsAllocated(generation), ViolationKind.DoubleAllocation, "frame handed out that is in use", pfn.Value);
        Atomic.Store(ref word, generation + 1); // Pairs with FrameTable.Generation: walkers by frame number look without a reference.
    }

    /// <summary>Ends a life. Allocator only; the caller dropped the last reference.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndLife(Pfn pfn)
    {
        ref uint word = ref _generation[pfn.Value];
        uint generation = Atomic.PlainLoad(ref word);
        Bug.If(!IsAllocated(generation), ViolationKind.DoubleFree, "free of a frame that is free", pfn.Value);
        Atomic.Store(ref word, generation + 1); // Pairs with FrameTable.Generation: to see the life over is to see the frame wiped.
    }
}

/// <summary>The frame columns at rest.</summary>
internal readonly ref struct FrameColumns(
    Strided<uint> flags, Strided<int> refCount, Strided<int> mapCount, Span<uint> compound, Strided<uint> generation,
    Strided<long> mapping, Span<long> index, Strided<long> privates, Span<int> hostRefs)
{
    public readonly Strided<uint> Flags = flags;
    public readonly Strided<int> RefCount = refCount;
    public readonly Strided<int> MapCount = mapCount;
    public readonly Span<uint> Compound = compound;
    public readonly Strided<uint> Generation = generation;
    public readonly Strided<long> Mapping = mapping;
    public readonly Span<long> Index = index;
    public readonly Strided<long> Private = privates;
    public readonly Span<int> HostRefs = hostRefs;
}
