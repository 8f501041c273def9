using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>anon_vmas: what an anonymous folio's mapping names, the VMAs that may map it, and the lock of a walk. Slots are type-stable and counted.</summary>
/// <remarks>
/// <para>A link (the kernel's anon_vma_chain) says that a VMA may map folios of an anon_vma; it owns one reference. A child made by fork
/// gets links to all its parent's anon_vmas, and one of its own at once, whose root is the parent's root and which owns a reference on it.
/// All anon_vmas of one root share the root's lock, hence so do all links of one VMA.</para>
/// <para>The VMAs of an anon_vma are listed in the order of their linking. A walk therefore meets a parent before its child, and a fork that
/// copies an entry behind the walker's back copies it to a place that the walker has yet to visit.</para>
/// </remarks>
internal sealed partial class AnonVmas
{
    // Words of an anon_vma.
    private const int References = 0; // (A)
    private const int RootLock = 1; // of roots
    private const int Root = 2; // constant for a life
    private const int First = 3; // (R)
    private const int Last = 4; // (R)

    // Words of a link.
    private const int LinkAnonVma = 0;
    private const int LinkVma = 1;
    private const int LinkNext = 2; // (R)
    private const int LinkPrev = 3; // (R)
    private const int LinkNextOfVma = 4; // (V)

    private readonly EngineBase _engine;
    private readonly Vmas _vmas;
    private readonly SlotPool _slots;
    private readonly SlotPool _links;
    private readonly WordRows _words;
    private readonly WordRows _linkWords;

    public AnonVmas(EngineBase engine, Vmas vmas, MappingOptions options)
    {
        _engine = engine;
        _vmas = vmas;
        _slots = new SlotPool(engine.Arena, "anon_vma", options.AnonVmas);
        _links = new SlotPool(engine.Arena, "anon_link", options.AnonLinks);
        _words = new WordRows(engine.Arena, "anon_vma", options.AnonVmas + 1, WordRows.HalfLine, "refs", "lock", "root", "first", "last");
        _linkWords = new WordRows(engine.Arena, "anon_link", options.AnonLinks + 1, WordRows.HalfLine, "anon_vma", "vma", "next", "prev", "next_of_vma");
    }

    /// <summary>folio_get_anon_vma: a reference on the anon_vma of a locked, mapped anonymous folio; 0: it is not mapped any more.</summary>
    /// <remarks>
    /// A folio that is mapped keeps the VMAs that map it linked, and it cannot become mapped again while it is locked. So whoever finds it
    /// mapped after the reference was taken knows that the slot has been this anon_vma all the time. Lock-free.
    /// </remarks>
    public int TryGet(TaskId task, Pfn folio)
    {
        // Pairs with Rmap.AddNewAnon: a folio that is found mapped has the mapping word of who mapped it.
        MappingWord word = _engine.Frames.Mapping(folio);
        long mapping = word.Raw;
        if (MappingWord.TagOf(mapping) != MappingTag.Anon || !IsMapped(folio)) { return 0; }
        int anonVma = (int)MappingWord.OwnerOf(mapping);
        ref int references = ref _words[anonVma, References];
        int seen = Atomic.Load(ref references);
        while (seen != 0)
        {
            // Pairs with AnonVmas.Put: the slot's last reference goes after the last mapping that named it.
            // Pairs with AnonVmas.Begin: a reference on another life of the slot is given back, for the folio is not mapped any more.
            int now = Atomic.CompareExchange(ref references, seen + 1, seen);
            if (now == seen)
            {
                if (IsMapped(folio) && word.Raw == mapping) { return anonVma; }
                Put(task, anonVma);
                return 0;
            }
            seen = now;
        }
        return 0;
    }

    /// <summary>Drops a reference; the last one frees the slot and the reference that it had on its root. Pairs with AnonVmas.TryGet.</summary>
    public void Put(TaskId task, int anonVma)
    {
        _ = task;
        while (true)
        {
            int now = Atomic.Add(ref _words[anonVma, References], -1);
            Bug.If(now < 0, ViolationKind.RefUnderflow, "reference dropped that an anon_vma did not have");
            if (now != 0) { return; }
            int root = Atomic.PlainLoad(ref _words[anonVma, Root]);
            Bug.If(Atomic.PlainLoad(ref _words[anonVma, First]) != 0, ViolationKind.BrokenList, "an anon_vma is freed that a VMA is linked to");
            Atomic.Store(ref _words[anonVma, Root], 0);
            _slots.Give(anonVma);
            if (root == anonVma) { return; }
            anonVma = root;
        }
    }

    /// <summary>Takes the lock under which the links of the anon_vma are walked. The caller has a reference or a link.</summary>
    public void Lock(TaskId task, int anonVma) => LockOf(anonVma).Lock(task);

    public void Unlock(TaskId task, int anonVma) => LockOf(anonVma).Unlock(task);

    /// <summary>The first link of an anon_vma's VMAs, and the next; 0: no more. Under the lock.</summary>
    public int FirstLink(int anonVma) => Atomic.PlainLoad(ref _words[anonVma, First]);

    public int NextLink(int link) => Atomic.PlainLoad(ref _linkWords[link, LinkNext]);

    public VmaId VmaOf(int link) => new(Atomic.PlainLoad(ref _linkWords[link, LinkVma]));

    /// <summary>anon_vmas and links in use. At rest.</summary>
    public (int AnonVmas, int Links) UsedAtRest() => (_slots.UsedAtRest(), _links.UsedAtRest());

    private bool IsMapped(Pfn folio) => _engine.Frames.Map(folio).Count != 0;

    private WordLock LockOf(int anonVma) => new(ref _words[Atomic.Load(ref _words[anonVma, Root]), RootLock], _engine.Ranks, LockRank.Rmap);
}
