using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

[Flags]
internal enum VmaFlags
{
    None = 0,
    Write = 1,

    /// <summary>A file's pages are shared: a write goes to the cache. Without it a write copies.</summary>
    Shared = 2,

    /// <summary>Merged pages: the reverse map is in the stable node, not in an anon_vma.</summary>
    Ksm = 4,

    /// <summary>A fork leaves it out.</summary>
    DontFork = 8,
}

/// <summary>A VMA as it is now. Stable while its mmap lock is held, or the rmap lock of what it is linked to.</summary>
/// <param name="AnonVma">Its own anon_vma, 0 before the first anonymous fault.</param>
/// <param name="Offset">Page offset of Start in the object: index of a page = page - Start + Offset.</param>
internal readonly record struct Vma(MmId Mm, int Root, long Start, long End, VmaFlags Flags, int AnonVma, CacheId Cache, long Offset)
{
    public bool Contains(long page) => page >= Start && page < End;

    public long IndexOf(long page) => page - Start + Offset;

    /// <summary>The page of an index, which may lie outside the VMA.</summary>
    public long PageOf(long index) => index - Offset + Start;
}

/// <summary>The pool of VMAs: columns, and links that the objects they map keep (rmap lists) and that their Mm keeps.</summary>
/// <remarks>
/// All of a VMA but its anon_vma is constant from <see cref="Allocate"/> to <see cref="Free"/>: a VMA is cut by making new ones for what
/// remains and linking them before the old one is unlinked. So who holds any lock that keeps the VMA alive may read all of it.
/// </remarks>
internal sealed class Vmas
{
    private const int WordsPerVma = 8; // one line
    private const int StartWord = 0, EndWord = 1, OffsetWord = 2, MmAndRootWord = 3, CacheAndFlagsWord = 4;
    private const int HighShift = 32;

    private readonly Column<long> _words; // (C) while allocated
    private readonly Column<int> _anonVma; // (A)
    private readonly Column<int> _cacheNext; // (R)
    private readonly Column<int> _cachePrev; // (R)
    private readonly Column<int> _mmNext; // (V)
    private readonly Column<int> _mmPrev; // (V)
    private readonly Column<int> _left; // (V)
    private readonly Column<int> _right; // (V)
    private readonly Column<int> _anonLinks; // (V)
    private readonly SlotPool _pool;

    public Vmas(EngineBase engine, MappingOptions options)
    {
        Arena arena = engine.Arena;
        int count = options.Vmas;
        _words = arena.Add<long>("vma", count * WordsPerVma, ColumnKind.State);
        _anonVma = arena.Add<int>("vma_anon_vma", count, ColumnKind.State);
        _cacheNext = arena.Add<int>("vma_cache_next", count, ColumnKind.State);
        _cachePrev = arena.Add<int>("vma_cache_prev", count, ColumnKind.State);
        _mmNext = arena.Add<int>("vma_next", count, ColumnKind.State);
        _mmPrev = arena.Add<int>("vma_prev", count, ColumnKind.State);
        _left = arena.Add<int>("vma_left", count, ColumnKind.State);
        _right = arena.Add<int>("vma_right", count, ColumnKind.State);
        _anonLinks = arena.Add<int>("vma_anon_links", count, ColumnKind.State);
        _pool = new SlotPool(arena, "vma", count);
    }

    /// <summary>Takes a VMA from the pool. None: exhausted. Lock-free.</summary>
    public VmaId Allocate(TaskId task, Vma vma)
    {
        _ = task;
        VmaId id = new(_pool.Take());
        if (id.IsNone) { return id; }
        Span<long> words = Row(id);
        Atomic.PlainStore(ref words[StartWord], vma.Start);
        Atomic.PlainStore(ref words[EndWord], vma.End);
        Atomic.PlainStore(ref words[OffsetWord], vma.Offset);
        Atomic.PlainStore(ref words[MmAndRootWord], ((long)vma.Mm.Value << HighShift) | (uint)vma.Root);
        Atomic.PlainStore(ref words[CacheAndFlagsWord], ((long)vma.Cache.Value << HighShift) | (uint)vma.Flags);
        Atomic.Store(ref _anonVma[id.Value - 1], vma.AnonVma);
        return id;
    }

    /// <summary>Gives a VMA back that is on no list, by the one who took it off the last.</summary>
    public void Free(TaskId task, VmaId id)
    {
        _ = task;
        int at = id.Value - 1;
        Bug.If(Atomic.PlainLoad(ref _anonLinks[at]) != 0, ViolationKind.BrokenList, "VMA freed that is linked to an anon_vma", id.Value);
        if (Seam.Exploring)
        {
            // What a life left is no part of the state.
            Span<long> words = Row(id);
            for (int i = StartWord; i <= CacheAndFlagsWord; i++) { Atomic.PlainStore(ref words[i], 0); }
        }
        Atomic.Store(ref _anonVma[at], 0);
        _pool.Give(id.Value);
    }

    public Vma Read(VmaId id)
    {
        Span<long> words = Row(id);
        long mmAndRoot = Atomic.PlainLoad(ref words[MmAndRootWord]);
        long cacheAndFlags = Atomic.PlainLoad(ref words[CacheAndFlagsWord]);
        return new Vma(new MmId((int)(mmAndRoot >> HighShift)), (int)mmAndRoot, Start(id), Atomic.PlainLoad(ref words[EndWord]),
            (VmaFlags)(int)cacheAndFlags, AnonVma(id), new CacheId((int)(cacheAndFlags >> HighShift)), Atomic.PlainLoad(ref words[OffsetWord]));
    }

    public long Start(VmaId id) => Atomic.PlainLoad(ref Row(id)[StartWord]);

    /// <summary>Its own anon_vma, 0: none yet. Acquires; while the mmap lock is shared it may appear at any time.</summary>
    public int AnonVma(VmaId id) => Atomic.Load(ref _anonVma[id.Value - 1]); // Pairs with Vmas.SetAnonVma: it stores the number last.

    /// <summary>Releases: to see the number is to see the anon_vma. Pairs with Vmas.AnonVma.</summary>
    public void SetAnonVma(VmaId id, int anonVma) => Atomic.Store(ref _anonVma[id.Value - 1], anonVma);

    /// <summary>Gives it its first anon_vma. False: another task was faster. Pairs with Vmas.AnonVma.</summary>
    public bool TrySetFirstAnonVma(VmaId id, int anonVma) => Atomic.CompareExchange(ref _anonVma[id.Value - 1], anonVma, 0) == 0;

    /// <summary>The VMA's link words: next and previous on the list of its page cache, or of its Mm. Under that list's lock.</summary>
    public ref int CacheNext(VmaId id) => ref _cacheNext[id.Value - 1];

    public ref int CachePrev(VmaId id) => ref _cachePrev[id.Value - 1];

    public ref int MmNext(VmaId id) => ref _mmNext[id.Value - 1];

    public ref int MmPrev(VmaId id) => ref _mmPrev[id.Value - 1];

    /// <summary>Its children in the search tree of its Mm.</summary>
    public ref int Left(VmaId id) => ref _left[id.Value - 1];

    public ref int Right(VmaId id) => ref _right[id.Value - 1];

    /// <summary>The first of its links to anon_vmas (AnonVmas owns them). Under the mmap lock, alone.</summary>
    public ref int AnonLinks(VmaId id) => ref _anonLinks[id.Value - 1];

    public int UsedAtRest() => _pool.UsedAtRest();

    private Span<long> Row(VmaId id) => _words.Row((id.Value - 1) * WordsPerVma, WordsPerVma);
}
