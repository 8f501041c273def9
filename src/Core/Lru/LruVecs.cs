using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>The lists of a node, in the kernel's order.</summary>
internal enum LruKind
{
    InactiveAnon,
    ActiveAnon,
    InactiveFile,
    ActiveFile,
    Unevictable,
    Count,
}

/// <summary>The LRU lists: a lock, four linked lists and the link-less unevictable set for each node; sizes in base pages.</summary>
/// <remarks>
/// The Lru flag of a folio is the right to its links: who clears it owns them until it is set again, and touches them under the lock of the
/// folio's node. The flags that choose the list (Active, Unevictable, Swapbacked) change only in the hands of that owner.
/// </remarks>
internal sealed partial class LruVecs(EngineBase engine, FolioLinks links, LruOptions options)
{
    private const int Lists = (int)LruKind.Unevictable;
    private const int LockWord = 0;
    private const int FirstSize = 1;
    private const int FirstList = FirstSize + (int)LruKind.Count;
    private const PageFlags Both = PageFlags.Active | PageFlags.Unevictable;

    // (L) lock, sizes in base pages, then head, tail and folios of each list that has links.
    private readonly WordRows _nodes = new(engine.Arena, "lru", options.Nodes, WordRows.LinePair,
        "lock",
        "inactive_anon_size", "active_anon_size", "inactive_file_size", "active_file_size", "unevictable_size",
        "inactive_anon_head", "inactive_anon_tail", "inactive_anon_folios",
        "active_anon_head", "active_anon_tail", "active_anon_folios",
        "inactive_file_head", "inactive_file_tail", "inactive_file_folios",
        "active_file_head", "active_file_tail", "active_file_folios");

    private readonly LockRanks _ranks = engine.Ranks;

    public LruOptions Options { get; } = options;

    public int Nodes => Options.Nodes;

    public FolioLinks Links => links;

    public WordLock LockOf(int node) => new(ref _nodes[node, LockWord], engine.Ranks, LockRank.Lru);

    /// <summary>For who works on one folio after the other: holds the lru lock of this one's node instead of the one that is held. Alternating nodes cost one lock pair each.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="head">The folio.</param>
    /// <param name="locked">The node whose lock is held; -1: none yet. <see cref="UnlockLast"/> gives it back.</param>
    public void Relock(TaskId task, Pfn head, ref int locked)
    {
        int node = NodeOf(head);
        if (node == locked) { return; }
        UnlockLast(task, locked);
        LockOf(node).Lock(task);
        locked = node;
    }

    /// <summary>Ends what <see cref="Relock"/> began, if it ever did.</summary>
    public void UnlockLast(TaskId task, int locked)
    {
        if (locked >= 0) { LockOf(locked).Unlock(task); }
    }

    /// <summary>Kind by flags: unevictable, else (file ? 2 : 0) + (active ? 1 : 0); file means not swap-backed.</summary>
    public static LruKind KindOf(PageFlags flags)
    {
        if ((flags & PageFlags.Unevictable) != 0) { return LruKind.Unevictable; }
        int file = (flags & PageFlags.Swapbacked) != 0 ? 0 : (int)LruKind.InactiveFile;
        return (LruKind)(file + ((flags & PageFlags.Active) != 0 ? 1 : 0));
    }

    /// <summary>The node of the frame, as its flags word has it for the machine's life; the last one when there are fewer here.</summary>
    public int NodeOf(Pfn head) => Nodes == 1 ? 0 : Math.Min(engine.Frames.Flags(head).Node, Nodes - 1);

    /// <summary>Lists the folio where its flags say. The caller holds the lru lock of its node and owns the linkage.</summary>
    public void AddLocked(Pfn head, bool tail = false)
    {
        PageFlags flags = engine.Frames.Flags(head).Read();
        Bug.If((flags & Both) == Both, ViolationKind.FlagContradiction, "folio listed that is active and unevictable", head.Value);
        int node = NodeOf(head);
        LruKind kind = KindOf(flags);
        Resize(node, kind, PagesOf(head));
        if (kind == LruKind.Unevictable) { return; }
        FolioList list = ListOf(node, kind);
        if (tail) { list.AddTail(head); }
        else { list.AddHead(head); }
    }

    /// <summary>Puts each chain in front of its list, under the lru lock of the node, and leaves it empty. Blocking on that lock.</summary>
    public void AddChains(TaskId task, int node, ref FolioChains chains)
    {
        WordRow words = _nodes.Row(node);
        WordLock own = new(ref words[LockWord], _ranks, LockRank.Lru);
        own.Lock(task);
        for (int kind = 0; kind < (int)LruKind.Count; kind++)
        {
            ref FolioChain chain = ref chains[kind];
            if (chain.Pages == 0) { continue; }
            Resize(ref words[FirstSize + kind], chain.Pages);
            if (chain.First != 0) { ListIn(words, kind).AddHead(chain); }
            chain = default;
        }
        own.Unlock(task);
    }

    /// <summary>Takes the folio off its list; of an unevictable one only the size changes. The caller holds the lru lock of its node and owns the linkage.</summary>
    public void DeleteLocked(Pfn head)
    {
        int node = NodeOf(head);
        LruKind kind = KindOf(engine.Frames.Flags(head).Read());
        Resize(node, kind, -PagesOf(head));
        if (kind != LruKind.Unevictable) { ListOf(node, kind).Remove(head); }
    }

    /// <summary>Base pages on the list now. Stale without the lock.</summary>
    public long SizeOf(int node, LruKind kind) => Atomic.Load(ref _nodes[node, FirstSize + (int)kind]);

    /// <summary>The oldest folio of a list (its tail); Pfn.None: empty, or the unevictable list, which nobody can walk. Under the lock.</summary>
    public Pfn OldestLocked(int node, LruKind kind) => kind == LruKind.Unevictable ? Pfn.None : ListOf(node, kind).Last;

    /// <summary>Import: lists a folio that has its Lru flag set already. No task runs.</summary>
    public void ListAtRest(Pfn head) => AddLocked(head);

    /// <summary>Base pages of the folio. Its shape is stable: the caller has a reference, or the last one was the caller's.</summary>
    public int PagesOf(Pfn head) => 1 << engine.Frames.OrderOf(head);

    private void Resize(int node, LruKind kind, int pages) => Resize(ref _nodes[node, FirstSize + (int)kind], pages);

    private static void Resize(ref int size, int pages)
    {
        int now = Atomic.PlainLoad(ref size) + pages;
        Bug.If(now < 0, ViolationKind.CounterMismatch, "LRU list with fewer pages than were put on it");
        Atomic.PlainStore(ref size, now);
    }

    private FolioList ListOf(int node, LruKind kind) => ListIn(_nodes.Row(node), (int)kind);

    private FolioList ListIn(WordRow words, int kind)
    {
        int first = FirstList + (kind * 3);
        return new FolioList(ref words[first], ref words[first + 1], ref words[first + 2], links);
    }
}
