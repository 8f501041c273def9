using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Audit;

/// <content>Frames behind the first of a folio or of a block.</content>
internal ref partial struct FrameAudit
{
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
        Strided<int> words = _at.MapCount.Slice(first, count);
        long entire = _at.Index[first];
        if (entire is < 0 or > int.MaxValue)
        {
            _part.Report(Invariant.MapCountsAgree, ViolationKind.MapcountMismatch, head, $"{entire} huge mappings");
            entire = 0;
        }
        _part.HugeMappings += entire;
        long mappings = MappingsOfOne(mapWord) + entire;
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
}
