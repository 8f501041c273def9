using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>Walks a slice of the frame columns once and checks every word. Nothing runs meanwhile.</summary>
internal ref struct FrameAudit
{
    private const PageFlags Both = PageFlags.Active | PageFlags.Unevictable;
    private const PageFlags InFlight = PageFlags.Locked | PageFlags.Writeback;

    private readonly FrameColumns _at;
    private readonly FrameAllocator? _allocator;
    private readonly FrameContents? _contents;
    private readonly HeldFolios _held;
    private readonly AuditPart _part;
    private int _nextHeld;
    private int _nextHeldPfn;

    public FrameAudit(FrameTable table, FrameAllocator? allocator, FrameContents? contents, HeldFolios held, AuditPart part, int from)
    {
        _at = table.AtRest;
        _allocator = allocator;
        _contents = contents;
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

    /// <summary>Checks a frame that is free or no memory, and takes its equals behind it along. Returns the first frame after them.</summary>
    private int CheckUnused(int pfn, int to)
    {
        PageType type = MapCount.TypeOf(_at.MapCount[pfn]);
        bool away = type is PageType.Offline or PageType.Unaccepted;
        if (!away && !IsFree(pfn)) { return CheckOut(pfn); }
        PageFlags flags = Flags(pfn);
        if ((flags & PageFlags.Waiters) != 0) { _part.Report(Invariant.NoWaitersOnFree, ViolationKind.FlagAtFree, pfn, "waiters bit on a free frame"); }
        if ((flags & ~(PageFlags.HwPoison | PageFlags.Waiters)) != 0)
        {
            _part.Report(Invariant.FreeIsClean, ViolationKind.FlagAtFree, pfn, $"flags {FolioDump.Names(flags)} on a free frame");
        }
        if (_at.RefCount[pfn] != 0) { _part.Report(Invariant.ZeroIsFreeOrFrozen, ViolationKind.RefcountAtFree, pfn, $"refcount {_at.RefCount[pfn]} on a free frame"); }
        if (!away && _at.MapCount[pfn] != MapCount.Idle)
        {
            _part.Report(Invariant.FreeIsClean, ViolationKind.MapcountAtFree, pfn,
                type == PageType.None ? $"{MapCount.CountOf(_at.MapCount[pfn])} mappings of a free frame" : $"page type {type} on a free frame");
        }
        if (_at.Mapping[pfn] != 0) { _part.Report(Invariant.FreeIsClean, ViolationKind.NonNullMappingAtFree, pfn, "a free frame belongs to a mapping"); }
        if (_at.Compound[pfn] != 0) { _part.Report(Invariant.TailNamesHead, ViolationKind.BrokenCompound, pfn, "a free frame is part of a folio"); }
        if (_at.HostRefs[pfn] != 0) { _part.Report(Invariant.ReferencesExplained, ViolationKind.RefMissing, pfn, $"the host holds {_at.HostRefs[pfn]} references on a free frame"); }
        CheckNotHeld(pfn);
        int end = Math.Min(to, _nextHeldPfn);
        int next = EqualUnused(pfn + 1, end, _at.Flags[pfn], _at.MapCount[pfn], away);
        if (away) { _part.Away += next - pfn; }
        else { _part.Free += next - pfn; }
        return next;
    }

    /// <summary>The first frame from which on something differs from a blameless unused frame. Vectors of frames, then single ones.</summary>
    private readonly int EqualUnused(int pfn, int end, uint flags, int map, bool away)
    {
        if ((flags & (uint)PageFlags.All) != 0) { return pfn; }
        const int step = 64;
        while (pfn + step <= end
            && (away || AreFree(pfn, step))
            && !_at.Flags.Slice(pfn, step).ContainsAnyExcept(flags)
            && !_at.MapCount.Slice(pfn, step).ContainsAnyExcept(map)
            && !_at.RefCount.Slice(pfn, step).ContainsAnyExcept(0)
            && !_at.Compound.Slice(pfn, step).ContainsAnyExcept(0u)
            && !_at.HostRefs.Slice(pfn, step).ContainsAnyExcept(0)
            && !_at.Mapping.Slice(pfn, step).ContainsAnyExcept(0L)
            && NoneIsLive(_at.Generation.Slice(pfn, step)))
        {
            pfn += step;
        }
        while (pfn < end && (away || IsFree(pfn)) && _at.Flags[pfn] == flags && _at.MapCount[pfn] == map && (_at.Generation[pfn] & 1) == 0
            && (_at.RefCount[pfn] | (int)_at.Compound[pfn] | _at.HostRefs[pfn]) == 0 && _at.Mapping[pfn] == 0)
        {
            pfn++;
        }
        return pfn;
    }

    /// <summary>A frame that nobody uses and nobody can get. Leaked ones stay as they were found: they are counted, not judged.</summary>
    private int CheckOut(int pfn)
    {
        uint compound = _at.Compound[pfn];
        Pfn head = CompoundWord.HeadOf(compound);
        if (CompoundWord.IsTail(compound) && (uint)head.Value < (uint)_at.Generation.Length && FrameTable.IsAllocated(_at.Generation[head.Value]))
        {
            _part.Report(Invariant.TailNamesHead, ViolationKind.BrokenCompound, pfn, $"a tail of {head}, whose range does not contain it");
        }
        _part.CountOut(pfn);
        CheckNotHeld(pfn);
        return pfn + 1;
    }

    private void CheckNotHeld(int pfn)
    {
        while (_nextHeldPfn == pfn)
        {
            HeldFolio held = TakeHeld();
            _part.Report(Invariant.HeldIsAlive, ViolationKind.UseAfterFree, pfn, $"task {held.Task} holds {held.References} references on a free frame");
        }
    }

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
        long held = TakeHeldOf(head, frames, out bool lockedByTask, out int plainFrames);
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
        _part.Live += frames;
        _part.Folios++;
        return plainFrames > frames ? frames + CheckPlainTails(head + frames, Math.Min(head + plainFrames, to)) : frames;
    }

    private readonly void CheckReferences(int head, int frames, PageFlags flags, long mapping, long mappings, long held)
    {
        int count = _at.RefCount[head];
        ExpectedReferences expected = ExpectedReferences.Of(flags, mapping, mappings, frames, _at.HostRefs[head]);
        long explained = expected.Sum + held;
        _part.References += count;
        _part.Mappings += expected.Mappings;
        _part.Cache += expected.Cache;
        _part.Private += expected.Private;
        _part.Host += expected.Host;
        _part.Tasks += held;
        if (count == explained && count > 0) { return; }
        string invariant = frames == 1 ? Invariant.ReferencesExplained : Invariant.LargeReferencesExplained;
        string text = $"refcount {count}, {expected.Describe(held)}";
        if (count < 0) { _part.Report(Invariant.CountNotNegative, ViolationKind.RefUnderflow, head, text); }
        else if (count > explained) { _part.Report(invariant, ViolationKind.RefLeak, head, text); }
        else if (count < explained) { _part.Report(invariant, ViolationKind.RefMissing, head, text); }
        else { _part.Report(Invariant.ZeroIsFreeOrFrozen, ViolationKind.StuckState, head, "in use without a reference: leaked, or frozen by nobody"); }
    }

    /// <summary>Checks the tails of a folio and returns how many entries map any of its frames.</summary>
    private readonly long CheckTails(int head, int frames, int mapWord)
    {
        int first = head + 1;
        int count = frames - 1;
        uint tail = CompoundWord.Tail(new Pfn(head));
        uint node = _at.Flags[head] & ~(uint)PageFlags.All;
        if (_at.Compound.Slice(first, count).ContainsAnyExcept(tail) || _at.RefCount.Slice(first, count).ContainsAnyExcept(0)
            || _at.Flags.Slice(first, count).ContainsAnyExcept(node) || _at.HostRefs.Slice(first, count).ContainsAnyExcept(0)
            || _at.Mapping.Slice(first, count).ContainsAnyExcept(0L) || !NoneIsLive(_at.Generation.Slice(first, count)))
        {
            NameBrokenTails(head, frames, tail, node);
        }
        ReadOnlySpan<int> words = _at.MapCount.Slice(first, count);
        long mappings = MappingsOfOne(mapWord);
        if (!words.ContainsAnyExcept(MapCount.Idle)) { return mappings; }
        foreach (int word in words) { mappings += MapCount.CountOf(word); }
        return mappings;
    }

    private readonly void NameBrokenTails(int head, int frames, uint tail, uint node)
    {
        for (int pfn = head + 1; pfn < head + frames; pfn++)
        {
            string? wrong = _at.Compound[pfn] != tail ? "its compound word does not name it"
                : FrameTable.IsAllocated(_at.Generation[pfn]) ? "it is in a life of its own"
                : _at.RefCount[pfn] != 0 ? $"it has refcount {_at.RefCount[pfn]} of its own"
                : _at.Flags[pfn] != node ? $"it has flags {FolioDump.Names(Flags(pfn))} of its own"
                : _at.HostRefs[pfn] != 0 ? "the host holds it apart from its head"
                : _at.Mapping[pfn] != 0 ? "it has a mapping of its own"
                : null;
            if (wrong is not null) { _part.Report(Invariant.TailNamesHead, ViolationKind.BrokenCompound, pfn, $"tail of folio 0x{head:x}: {wrong}"); }
        }
    }

    /// <summary>Frames of a plain block behind the first: in use, with nothing of their own. Returns how many.</summary>
    private readonly int CheckPlainTails(int from, int to)
    {
        for (int pfn = from; pfn < to; pfn++)
        {
            bool clean = !FrameTable.IsAllocated(_at.Generation[pfn]) && !(_allocator?.IsFreeAtRest(new Pfn(pfn)) ?? false) && _at.RefCount[pfn] == 0 && Flags(pfn) == 0 && _at.Compound[pfn] == 0
                && _at.MapCount[pfn] == MapCount.Idle && _at.Mapping[pfn] == 0 && _at.HostRefs[pfn] == 0;
            if (!clean) { _part.Report(Invariant.HeldIsAlive, ViolationKind.DoubleAllocation, pfn, "part of a block that a task owns, but not as it was handed out"); }
        }
        _part.Live += to - from;
        return to - from;
    }

    private long TakeHeldOf(int head, int frames, out bool locked, out int plainFrames)
    {
        locked = false;
        plainFrames = 1;
        if (_nextHeldPfn >= head + frames) { return 0; }
        long references = 0;
        while (_nextHeldPfn < head + frames)
        {
            HeldFolio held = TakeHeld();
            if (held.Pfn.Value != head)
            {
                _part.Report(Invariant.HeldIsAlive, ViolationKind.UseAfterFree, held.Pfn.Value, $"task {held.Task} holds a tail of folio 0x{head:x} as a folio");
                continue;
            }
            references += held.References;
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

    private readonly bool IsFree(int pfn) => _allocator is null || _allocator.IsFreeAtRest(new Pfn(pfn));

    private readonly bool AreFree(int pfn, int count)
    {
        if (_allocator is null) { return true; }
        for (int i = pfn; i < pfn + count; i++)
        {
            if (!_allocator.IsFreeAtRest(new Pfn(i))) { return false; }
        }
        return true;
    }

    private readonly PageFlags Flags(int pfn) => (PageFlags)_at.Flags[pfn] & PageFlags.All;

    private static long MappingsOfOne(int word) =>
        MapCount.TypeOf(word) == PageType.Hugetlb ? ExpectedReferences.HugetlbMappings(word) : MapCount.CountOf(word);

    private static bool NoneIsLive(ReadOnlySpan<uint> generations)
    {
        uint any = 0;
        foreach (uint generation in generations) { any |= generation; }
        return (any & 1) == 0;
    }
}
