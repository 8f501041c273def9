using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Walks a slice of the frame columns once and checks every word. Nothing runs meanwhile.</summary>
internal ref partial struct FrameAudit
{
    private const PageFlags Both = PageFlags.Active | PageFlags.Unevictable;
    private const PageFlags InFlight = PageFlags.Locked | PageFlags.Writeback;

    private readonly FrameColumns _at;
    private readonly FrameAllocator? _allocator;
    private readonly FrameContents? _contents;
    private readonly Func<Pfn, string>? _noted;
    private readonly bool _hasLists;
    private readonly HeldFolios _held;
    private readonly AuditPart _part;
    private int _nextHeld;
    private int _nextHeldPfn;

    public FrameAudit(AuditedEngine engine, HeldFolios held, AuditPart part, int from)
    {
        _at = engine.Table.AtRest;
        _allocator = engine.Allocator;
        _contents = engine.Contents;
        _noted = engine.Noted;
        _hasLists = engine.Lru is not null;
        _held = held;
        _part = part;
        _nextHeld = held.FirstFrom(from);
        _nextHeldPfn = _nextHeld < held.Count ? held[_nextHeld].Pfn.Value : int.MaxValue;
    }

    /// <summary>Checks the frames of [from, to); both are multiples of the largest folio, or the end of the table.</summary>
    public void Walk(int from, int to)
    {
        int pfn = from;
        while (pfn < to)
        {
            if (!FrameTable.IsAllocated(_at.Generation[pfn])) { pfn = CheckUnused(pfn, to); }
            else { pfn += CheckFolio(pfn, to); }
        }
    }

    /// <summary>Checks a folio or a frame of its own, with its tails or the rest of its block. Returns the frames done.</summary>
    private int CheckFolio(int head, int to)
    {
        uint compound = _at.Compound[head];
        int order = CompoundWord.OrderOf(compound);
        bool aligned = (head & ((1 << order) - 1)) == 0 && order <= FrameTable.MaxOrder && head + (1 << order) <= to;
        if (CompoundWord.IsTail(compound))
        {
            _part.Report(Invariant.TailNamesHead, ViolationKind.BrokenCompound, head,
                $"a tail of {CompoundWord.HeadOf(compound)}, whose range does not contain it");
            order = 0;
        }
        else if (!aligned)
        {
            _part.Report(Invariant.FoliosAligned, ViolationKind.BrokenCompound, head, $"a folio of order {order} does not begin here");
            order = 0;
        }
        int frames = 1 << order;
        PageFlags flags = Flags(head);
        int mapWord = _at.MapCount[head];
        long mapping = _at.Mapping[head];
        long mappings = order == 0 ? MappingsOfOne(mapWord) : CheckTails(head, frames, mapWord);
        HeldReferences held = TakeHeldOf(head, frames, out bool lockedByTask, out int plainFrames);
        if (((flags & PageFlags.Head) != 0) != (compound != 0))
        {
            _part.Report(Invariant.TailNamesHead, ViolationKind.BrokenCompound, head, $"order {order}, but the head flag says otherwise");
        }
        if (order == 1 && MappingWord.IsAnon(mapping)) { _part.Report(Invariant.FoliosAligned, ViolationKind.BrokenCompound, head, "an anonymous folio of two frames"); }
        if ((flags & Both) == Both) { _part.Report(Invariant.ActiveOrUnevictable, ViolationKind.FlagContradiction, head, "active and unevictable"); }
        if ((flags & InFlight) != 0 && !(lockedByTask && (flags & InFlight) == PageFlags.Locked))
        {
            _part.Report(Invariant.NothingLocked, ViolationKind.StuckState, head, $"{FolioDump.Names(flags & InFlight)}, and no task says that it owns it");
        }
        if (lockedByTask && (flags & PageFlags.Locked) == 0)
        {
            _part.Report(Invariant.NothingLocked, ViolationKind.ForeignUnlock, head, "a task owns the lock, but it is not set");
        }
        CheckReferences(head, frames, flags, mapping, mappings, held);
        CheckList(head, frames, flags, mapping, mappings, held);
        _part.Live += frames;
        _part.Folios++;
        return plainFrames > frames ? frames + CheckPlainTails(head + frames, Math.Min(head + plainFrames, to)) : frames;
    }

    private HeldReferences TakeHeldOf(int head, int frames, out bool locked, out int plainFrames)
    {
        locked = false;
        plainFrames = 1;
        HeldReferences references = default;
        while (_nextHeldPfn < head + frames)
        {
            HeldFolio held = TakeHeld();
            if (held.Pfn.Value != head)
            {
                _part.Report(Invariant.HeldIsAlive, ViolationKind.UseAfterFree, held.Pfn.Value, $"{held.Who} holds a tail of folio 0x{head:x} as a folio");
                continue;
            }
            references.Add(held);
            if (held.IsLocked && locked) { _part.Report(Invariant.NothingLocked, ViolationKind.DoubleOwner, head, "two tasks own the lock"); }
            locked |= held.IsLocked;
            if (held.IsPlain) { plainFrames = Math.Max(plainFrames, 1 << held.Order); }
            CheckContents(held, held.IsPlain ? 1 << held.Order : frames);
        }
        return references;
    }

    private readonly void CheckContents(HeldFolio held, int frames)
    {
        if (_contents is null || held.Contents is not PageSignature first) { return; }
        for (int i = 0; i < frames; i++)
        {
            PageSignature expected = first with { VirtualPage = first.VirtualPage + i };
            bool sealedWell = _contents.TryRead(held.Pfn + i, out PageSignature found);
            if (sealedWell && found == expected) { continue; }
            _part.Report(Invariant.ContentsIntact, ViolationKind.DataMismatch, held.Pfn.Value + i, sealedWell
                ? $"task {held.Task} wrote {expected}, the frame holds {found}"
                : $"task {held.Task} wrote {expected}, the frame holds something torn or foreign");
        }
    }

    private HeldFolio TakeHeld()
    {
        HeldFolio held = _held[_nextHeld++];
        _nextHeldPfn = _nextHeld < _held.Count ? _held[_nextHeld].Pfn.Value : int.MaxValue;
        return held;
    }

    private readonly PageFlags Flags(int pfn) => (PageFlags)_at.Flags[pfn] & PageFlags.All;

    private static long MappingsOfOne(int word) =>
        MapCount.TypeOf(word) == PageType.Hugetlb ? ExpectedReferences.HugetlbMappings(word) : MapCount.CountOf(word);

    private static bool NoneIsLive(Strided<uint> generations)
    {
        uint any = 0;
        foreach (uint generation in generations) { any |= generation; }
        return (any & 1) == 0;
    }
}
