using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <content>Frames that are free, leaked, or no memory.</content>
internal ref partial struct FrameAudit
{
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
            _part.Report(held.Holder == RefHolder.Batch ? Invariant.ParkedIsAlive : Invariant.HeldIsAlive, ViolationKind.UseAfterFree, pfn, $"{held.Who} holds {held.References} references on a free frame");
        }
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
}
