using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>The reverse map: who maps a folio. Map counts change here, under the lock of the table that holds the entry.</summary>
/// <remarks>
/// The map-count words of single frames count page entries; the index word of a large folio's first tail counts its huge entries. The
/// reference that each mapping owns is taken before and put after by the caller, so the reference count is never below the map count.
/// </remarks>
internal sealed partial class Rmap
{
    private readonly EngineBase _engine;
    private readonly PageTables _tables;
    private readonly Tlb _tlb;
    private readonly Vmas _vmas;
    private readonly AnonVmas _anonVmas;
    private readonly PageCaches _caches;
    private readonly KsmNodes _ksm;

    public Rmap(EngineBase engine, PageTables tables, Tlb tlb, Vmas vmas, AnonVmas anonVmas, PageCaches caches, KsmNodes ksm)
    {
        _engine = engine;
        _tables = tables;
        _tlb = tlb;
        _vmas = vmas;
        _anonVmas = anonVmas;
        _caches = caches;
        _ksm = ksm;
    }

    /// <summary>folio_add_new_anon_rmap: mapping, index, swap-backed, exclusive, and up to date; mapped once. Nobody else knows the folio, which is filled.</summary>
    public void AddNewAnon(TaskId task, Pfn folio, VmaId vma, long page)
    {
        _ = task;
        Vma v = _vmas.Read(vma);
        Bug.If(v.AnonVma == 0, ViolationKind.StaleEntry, "an anonymous folio is mapped where there is no anon_vma", folio.Value);
        FrameTable frames = _engine.Frames;
        frames.SetIndexLocked(folio, v.IndexOf(page));
        frames.Mapping(folio).SetLocked(MappingWord.Make(v.AnonVma, MappingTag.Anon));
        frames.Flags(folio).Set(PageFlags.Uptodate | PageFlags.Swapbacked | PageFlags.Owner2);

        // Pairs with AnonVmas.TryGet: to see the folio mapped is to see by whom.
        bool first = frames.Map(folio).Add();
        Bug.If(!first, ViolationKind.MapcountMismatch, "a new folio is mapped already", folio.Value);
    }

    /// <summary>Another entry for a folio that has its mapping: fork, a file's page, restore after migration.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="folio">The frame that the entry names; of a huge one the head.</param>
    /// <param name="huge">A huge entry.</param>
    public void Add(TaskId task, Pfn folio, bool huge = false)
    {
        _ = task;
        if (huge) { _engine.Frames.AddHugeMap(folio, 1); }
        else { _engine.Frames.Map(folio).Add(); }
    }

    /// <summary>folio_remove_rmap: one entry less. For a KSM folio also its item.</summary>
    /// <param name="task">The caller.</param>
    /// <param name="folio">The frame that the entry named; of a huge one the head.</param>
    /// <param name="vma">Where it was mapped.</param>
    /// <param name="page">Where it was mapped.</param>
    /// <param name="huge">A huge entry.</param>
    public void Remove(TaskId task, Pfn folio, VmaId vma, long page, bool huge = false)
    {
        if (huge)
        {
            _engine.Frames.AddHugeMap(folio, -1);
            return;
        }
        ForgetMerged(task, folio, vma, page);
        _engine.Frames.Map(folio).Remove();
    }

    /// <summary>A migration entry is zapped or replaced: no count is due, but a merged folio no longer has this place. Under the table's lock.</summary>
    public void RemoveMigrationEntry(TaskId task, Pte entry, VmaId vma, long page) => ForgetMerged(task, entry.Pfn, vma, page);

    /// <summary>Page-table entries that map any frame of the folio now, huge ones once. Stable while it is locked and unmapped.</summary>
    public int MapCountOf(Pfn head)
    {
        FrameTable frames = _engine.Frames;
        int order = frames.OrderOf(head);
        return order == 0 ? frames.Map(head).Count : frames.PageMapsOf(head, order) + frames.HugeMapsOf(head);
    }

    public bool IsMapped(Pfn head) => MapCountOf(head) != 0;

    /// <summary>Asks for the entry that most likely maps an anonymous folio. A guess from words that nobody keeps stable: they are some object's at any time.</summary>
    public void PrefetchEntry(Pfn folio)
    {
        FrameTable frames = _engine.Frames;
        long mapping = frames.Mapping(folio).Raw;
        if (MappingWord.TagOf(mapping) != MappingTag.Anon) { return; }
        int link = _anonVmas.FirstLink((int)MappingWord.OwnerOf(mapping));
        VmaId vma = link == 0 ? default : _anonVmas.VmaOf(link);
        if (vma.IsNone) { return; }
        Vma v = _vmas.Read(vma);
        long page = v.PageOf(frames.IndexLocked(folio));
        if (v.Contains(page)) { _tables.Prefetch(v.Root, page); }
    }

    // The mapping is stable: the caller's entry, or the migrator's lock on what its migration entry names, keeps it.
    private void ForgetMerged(TaskId task, Pfn folio, VmaId vma, long page)
    {
        long mapping = _engine.Frames.Mapping(folio).Raw;
        if (MappingWord.TagOf(mapping) == MappingTag.Ksm) { _ksm.Remove(task, (int)MappingWord.OwnerOf(mapping), vma, page); }
    }
}
