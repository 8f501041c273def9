using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Counts at rest who refers to each frame of a small machine, and holds it against what the frame says.</summary>
internal sealed class EngineCensus(Machine engine, int managed, Func<Pfn, int> held)
{
    private readonly int[] _maps = new int[engine.Frames.Frames];
    private readonly int[] _references = new int[engine.Frames.Frames];

    /// <summary>Raises the first contradiction.</summary>
    public void Check()
    {
        engine.Mms.ForEachAtRest((mm, root) => engine.Tables.ForEachAtRest(root, (page, _, pte) => CountEntry(pte)));
        engine.Caches.ForEachAtRest(CountSlot);
        engine.Batches.ForEachAtRest((cpu, kind, pfn) => _references[pfn.Value]++);
        long allocated = 0;
        for (int p = 0; p < managed; p++) { allocated += CheckFrame(new Pfn(p)); }
        long free = engine.Allocator.FreeFramesAtRest();
        Bug.If(free + allocated != managed, ViolationKind.LostFrame, $"{free} frames free and {allocated} in use of {managed}", nameof(Check));
        engine.Tlb.ForEachAtRest(CheckTranslation);
    }

    private void CountEntry(Pte pte)
    {
        Bug.If(pte.IsMigration, ViolationKind.StaleEntry, "a migration entry is left", pte.Pfn.Value);
        _maps[pte.Pfn.Value]++;
        _references[pte.Pfn.Value]++;
        FlagsWord flags = engine.Frames.Flags(pte.Pfn);
        bool anon = MappingWord.IsAnon(engine.Frames.Mapping(pte.Pfn).Raw);
        Bug.If(anon && pte.IsWritable && !flags.Has(PageFlags.Owner2), ViolationKind.DataMismatch, "an anonymous page is writable that is not exclusive", pte.Pfn.Value);
        Bug.If(anon && flags.Has(PageFlags.Owner2) && _maps[pte.Pfn.Value] > 1, ViolationKind.DataMismatch, "an exclusive page is mapped twice", pte.Pfn.Value);
    }

    private void CountSlot(CacheId cache, long index, Pfn folio)
    {
        _references[folio.Value]++;
        FrameTable frames = engine.Frames;
        Bug.If(frames.Mapping(folio).Raw != MappingWord.Make(cache.Value, MappingTag.File) || frames.IndexLocked(folio) != index,
            ViolationKind.CacheMismatch, "a slot refers to a folio of another place", folio.Value);
    }

    // 1 when the frame is in use.
    private int CheckFrame(Pfn pfn)
    {
        FrameTable frames = engine.Frames;
        bool allocated = FrameTable.IsAllocated(frames.Generation(pfn));
        int maps = frames.Map(pfn).Count;
        int references = frames.Ref(pfn).CountUnsafe;
        int expected = _references[pfn.Value] + held(pfn);
        Bug.If(maps != _maps[pfn.Value], ViolationKind.MapcountMismatch, "the map count is not the number of entries", pfn.Value);
        Bug.If(references < expected, ViolationKind.RefMissing, "fewer references than holders", pfn.Value);
        Bug.If(references > expected || (allocated && references == 0), ViolationKind.RefLeak, "a reference that nobody holds, or a frame that nobody can free", pfn.Value);
        Bug.If(!allocated && references != 0, ViolationKind.UseAfterFree, "a free frame is referred to", pfn.Value);
        PageFlags flags = frames.Flags(pfn).Read();
        Bug.If((flags & PageFlags.Writeback) != 0, ViolationKind.StuckState, "a folio is left under writeback", pfn.Value);
        Bug.If(!allocated && (flags & PageFlags.CheckAtPrep) != 0, ViolationKind.UseAfterFree, $"a free frame carries {FolioDump.Names(flags)}", nameof(CheckFrame));
        Bug.If((flags & (PageFlags.Active | PageFlags.Unevictable)) == (PageFlags.Active | PageFlags.Unevictable), ViolationKind.FlagContradiction, "a folio is active and unevictable", pfn.Value);
        Bug.If((flags & PageFlags.Locked) != 0, ViolationKind.StuckState, "a folio is left locked", pfn.Value);
        return allocated ? 1 : 0;
    }

    private void CheckTranslation(CpuId cpu, MmId mm, long page, Pfn pfn, bool write)
    {
        int root = engine.Mms.RootOf(mm);
        PteSlot slot = root == 0 ? default : engine.Tables.Find(root, page);
        Pte pte = slot.IsNone ? Pte.None : engine.Tables.Read(slot);
        Bug.If(!pte.IsPresent || pte.Pfn != pfn || (write && !pte.IsWritable), ViolationKind.StaleTranslation, "a cached translation outlived its entry", pfn.Value);
    }
}
