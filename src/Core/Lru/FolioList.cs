using MemCore.Primitives;

namespace MemCore.Lru;

/// <summary>A doubly linked list of folios in the arena. Plain accesses: its owner is alone, or holds its lock.</summary>
/// <remarks>
/// A folio is on one list at most; its links are zero while it is on none, and at the ends of a list. Broken links are raised where they
/// are met, as the kernel's debug lists do it: every word that is compared is about to be written anyway.
/// </remarks>
internal readonly ref struct FolioList(ref int head, ref int tail, ref int count, FolioLinks links)
{
    private readonly ref int _head = ref head;
    private readonly ref int _tail = ref tail;
    private readonly ref int _count = ref count;
    private readonly FolioLinks _links = links;

    /// <summary>Folios, not base pages.</summary>
    public int Count => Atomic.PlainLoad(ref _count);

    public bool IsEmpty => Atomic.PlainLoad(ref _head) == 0;

    /// <summary>None: empty.</summary>
    public Pfn First => At(Atomic.PlainLoad(ref _head));

    /// <summary>None: empty.</summary>
    public Pfn Last => At(Atomic.PlainLoad(ref _tail));

    /// <summary>None: it is the last.</summary>
    public Pfn NextOf(Pfn pfn) => At(Atomic.PlainLoad(ref _links.Next[pfn.Value]));

    public void AddHead(Pfn pfn)
    {
        int entry = Claim(pfn);
        int first = Atomic.PlainLoad(ref _head);
        if (first == 0) { Atomic.PlainStore(ref _tail, entry); }
        else
        {
            Atomic.PlainStore(ref _links.Prev[first - 1], entry);
            Atomic.PlainStore(ref _links.Next[pfn.Value], first);
        }
        Atomic.PlainStore(ref _head, entry);
        Atomic.PlainStore(ref _count, Atomic.PlainLoad(ref _count) + 1);
    }

    public void AddTail(Pfn pfn)
    {
        int entry = Claim(pfn);
        int last = Atomic.PlainLoad(ref _tail);
        if (last == 0) { Atomic.PlainStore(ref _head, entry); }
        else
        {
            Atomic.PlainStore(ref _links.Next[last - 1], entry);
            Atomic.PlainStore(ref _links.Prev[pfn.Value], last);
        }
        Atomic.PlainStore(ref _tail, entry);
        Atomic.PlainStore(ref _count, Atomic.PlainLoad(ref _count) + 1);
    }

    /// <summary>Puts a whole chain in front, in its order.</summary>
    public void AddHead(in FolioChain chain)
    {
        int first = Atomic.PlainLoad(ref _head);
        if (first == 0) { Atomic.PlainStore(ref _tail, chain.Last); }
        else
        {
            Atomic.PlainStore(ref _links.Prev[first - 1], chain.Last);
            Atomic.PlainStore(ref _links.Next[chain.Last - 1], first);
        }
        Atomic.PlainStore(ref _head, chain.First);
        Atomic.PlainStore(ref _count, Atomic.PlainLoad(ref _count) + chain.Folios);
    }

    /// <summary>Takes a folio off that is on this list.</summary>
    public void Remove(Pfn pfn)
    {
        int entry = pfn.Value + 1;
        ref int nextWord = ref _links.Next[pfn.Value];
        ref int prevWord = ref _links.Prev[pfn.Value];
        int next = Atomic.PlainLoad(ref nextWord);
        int prev = Atomic.PlainLoad(ref prevWord);
        Point(ref prev == 0 ? ref _head : ref _links.Next[prev - 1], entry, next, pfn);
        Point(ref next == 0 ? ref _tail : ref _links.Prev[next - 1], entry, prev, pfn);
        Atomic.PlainStore(ref nextWord, 0);
        Atomic.PlainStore(ref prevWord, 0);
        Atomic.PlainStore(ref _count, Atomic.PlainLoad(ref _count) - 1);
    }

    /// <summary>Takes the first folio off. None: empty.</summary>
    public Pfn PopFirst()
    {
        Pfn first = First;
        if (!first.IsNone) { Remove(first); }
        return first;
    }

    /// <summary>Moves all of <paramref name="from"/> to the tail of this one, in order.</summary>
    public void SpliceTail(FolioList from)
    {
        int first = Atomic.PlainLoad(ref from._head);
        if (first == 0) { return; }
        int last = Atomic.PlainLoad(ref _tail);
        if (last == 0) { Atomic.PlainStore(ref _head, first); }
        else
        {
            Atomic.PlainStore(ref _links.Next[last - 1], first);
            Atomic.PlainStore(ref _links.Prev[first - 1], last);
        }
        Atomic.PlainStore(ref _tail, Atomic.PlainLoad(ref from._tail));
        Atomic.PlainStore(ref _count, Atomic.PlainLoad(ref _count) + Atomic.PlainLoad(ref from._count));
        Atomic.PlainStore(ref from._head, 0);
        Atomic.PlainStore(ref from._tail, 0);
        Atomic.PlainStore(ref from._count, 0);
    }

    // The entry of a folio that is about to be linked.
    private int Claim(Pfn pfn)
    {
        int entry = pfn.Value + 1;
        bool linked = (Atomic.PlainLoad(ref _links.Next[pfn.Value]) | Atomic.PlainLoad(ref _links.Prev[pfn.Value])) != 0
            || Atomic.PlainLoad(ref _head) == entry;
        Bug.If(linked, ViolationKind.BrokenList, "folio put on a list while it is on one", pfn.Value);
        return entry;
    }

    private static void Point(ref int word, int from, int to, Pfn pfn)
    {
        Bug.If(Atomic.PlainLoad(ref word) != from, ViolationKind.BrokenList, "folio taken off a list whose links do not name it", pfn.Value);
        Atomic.PlainStore(ref word, to);
    }

    private static Pfn At(int entry) => new(entry - 1);
}
