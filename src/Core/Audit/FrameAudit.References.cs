using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <content>Who holds the references of a folio, and on which list it must be.</content>
internal ref partial struct FrameAudit
{
    private readonly void CheckReferences(int head, int frames, PageFlags flags, long mapping, long mappings, in HeldReferences held)
    {
        int count = _at.RefCount[head];
        int host = _at.HostRefs[head];
        ExpectedReferences expected = ExpectedReferences.Of(flags, mapping, mappings, frames, host);

        // A page of the balloon is its own while the private word says so; type and mark stay after.
        if (MapCount.TypeOf(_at.MapCount[head]) == PageType.Offline && _at.Private[head] != 0) { expected = expected with { Driver = 1 }; }
        long explained = expected.Sum + held.Sum;
        _part.References += count;
        _part.Mappings += expected.Mappings;
        _part.Cache += expected.Cache;
        _part.Private += expected.Private;
        _part.Host += expected.Host;
        _part.Drivers += expected.Driver;
        if (!MappingWord.IsAnon(mapping) && mapping != 0) { _part.CacheFrames += frames; }
        _part.Tasks += held.Sum - held.Batches;
        _part.Batches += held.Batches;
        if (count == explained && count > 0) { return; }
        string invariant = frames == 1 ? Invariant.ReferencesExplained : Invariant.LargeReferencesExplained;
        string text = $"refcount {count}, {expected.Describe(held)}{Noted(head)}";
        if (count < 0) { _part.Report(Invariant.CountNotNegative, ViolationKind.RefUnderflow, head, text); }
        else if (count > explained) { _part.Report(invariant, ViolationKind.RefLeak, head, text); }
        else if (count < explained) { _part.Report(invariant, ViolationKind.RefMissing, head, text); }
        else { _part.Report(Invariant.ZeroIsFreeOrFrozen, ViolationKind.StuckState, head, $"in use without a reference: leaked, or frozen by nobody{Noted(head)}"); }
    }

    /// <summary>What the ledger knows of a folio: the kinds that its own words do not explain, by name.</summary>
    private readonly string Noted(int head) =>
        _noted?.Invoke(new Pfn(head)) is { Length: > 0 } noted ? $"; ledger: {noted}" : string.Empty;

    /// <summary>On a list, in a batch or isolated: where a folio must be that reclaim can find.</summary>
    private readonly void CheckList(int head, int frames, PageFlags flags, long mapping, long mappings, in HeldReferences held)
    {
        if (!_hasLists) { return; }
        PageType type = MapCount.TypeOf(_at.MapCount[head]);
        bool isListed = (flags & PageFlags.Lru) != 0;
        if (type != PageType.None)
        {
            if (isListed) { _part.Report(Invariant.Listed, ViolationKind.BrokenList, head, $"a page of type {type} has the Lru flag"); }
            if ((flags & Migration.MovableOps.Isolated) != 0 && held.Isolations == 0)
            {
                _part.Report(Invariant.NothingLocked, ViolationKind.StuckState, head, "isolated from its driver, and no task says that it has it");
            }
            return;
        }
        if (held.Isolations != 0) { _part.Isolated += frames; }
        if (isListed)
        {
            _part.OnLists++;
            if (held.Isolations != 0) { _part.Report(Invariant.Listed, ViolationKind.DoubleOwner, head, "isolated by a task, and on a list"); }
            return;
        }
        bool belongs = mapping != 0 && (mappings != 0 || !MappingWord.IsAnon(mapping));
        bool isKnown = held.Isolations != 0 || held.Batches != 0 || held.Tasks != 0 || _at.HostRefs[head] != 0;
        if (belongs && !isKnown)
        {
            _part.Report(Invariant.Listed, ViolationKind.BrokenList, head, $"off its list: {(MappingWord.IsAnon(mapping) ? "mapped" : "cached")}, but neither listed, parked nor isolated");
        }
    }
}
