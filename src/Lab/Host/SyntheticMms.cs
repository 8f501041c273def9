using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>The made-up processes of a host: page images say how often a page is mapped, not by whom. Every mapping gets an entry here.</summary>
/// <remarks>At rest only. Built by one thread; then several may <see cref="Take"/> folios of different objects.</remarks>
internal sealed class SyntheticMms
{
    private const VmaFlags AnonFlags = VmaFlags.Write | VmaFlags.DontFork;
    private const VmaFlags FileFlags = VmaFlags.Write | VmaFlags.Shared | VmaFlags.DontFork;

    private static readonly TaskId s_task = new(0);

    private readonly Machine _machine;
    private readonly MappingPlan _plan;
    private readonly MmId[] _mms;
    private readonly int[] _anonVmas;
    private readonly CacheId[] _caches;
    private readonly PteSlot[] _anonRows;
    private readonly PteSlot[] _fileRows;
    private readonly PteSlot[] _specialRows;

    /// <summary>Makes Mms, caches, VMAs and tables. The machine's pools have room for the plan's needs.</summary>
    public SyntheticMms(Machine machine, MappingPlan plan)
    {
        if (machine.Tables.TablePages != 1 << MappedArea.TableShift) { throw new ArgumentException("a host needs page tables of the kernel's shape", nameof(machine)); }
        _machine = machine;
        _plan = plan;
        _mms = new MmId[plan.Mms];
        for (int i = 0; i < _mms.Length; i++) { _mms[i] = NewMm(); }
        _anonVmas = new int[plan.Anon.Objects];
        _caches = new CacheId[plan.File.Objects];
        for (int i = 0; i < _anonVmas.Length; i++) { MakeAnon(i); }
        for (int i = 0; i < _caches.Length; i++)
        {
            if (!plan.File.IsUsed(i)) { continue; }
            _caches[i] = machine.Caches.Create(s_task, PrivateData.Moves);
            Require(!_caches[i].IsNone);
            for (int mm = 0; mm < plan.File.MmsOf(i); mm++) { Map(plan.File, i, mm, FileFlags, _caches[i]); }
        }
        for (int i = 0; i < plan.Special.Objects; i++)
        {
            for (int mm = 0; mm < plan.Special.MmsOf(i); mm++) { Map(plan.Special, i, mm, VmaFlags.DontFork, default); }
        }
        _anonRows = Tables(plan.Anon);
        _fileRows = Tables(plan.File);
        _specialRows = Tables(plan.Special);
    }

    public int AnonVmaOf(int pfn) => _anonVmas[_plan.Anon.ObjectOf(pfn)];

    public CacheId CacheOf(int pfn) => _caches[_plan.File.ObjectOf(pfn)];

    /// <summary>Writes the entries of a folio, and the slots of its page cache. A merged one is noted for <see cref="TakeMerged"/>.</summary>
    public void Take(in HostFolio folio, in HostCounts mapped, ReadOnlySpan<ulong> counts, PageFlags flags, ImportTally tally)
    {
        switch (folio.MappedAs)
        {
            case MappedAs.Anon:
                // Alone: a write need not copy. Nobody can write to a page that is shared so.
                SetEntries(_plan.Anon, _anonRows, folio, mapped, counts, (flags & PageFlags.Owner2) != 0, tally);
                break;
            case MappedAs.File:
                // Each slot names the head.
                for (int i = 0; i < folio.Frames; i++)
                {
                    _machine.Caches.SetAtRest(CacheOf(folio.Head), _plan.File.IndexOf(folio.Head) + i, new Pfn(folio.Head));
                }
                tally.CacheSlots += folio.Frames;
                SetEntries(_plan.File, _fileRows, folio, mapped, counts, writable: true, tally);
                break;
            case MappedAs.Special:
                SetEntries(_plan.Special, _specialRows, folio, mapped, counts, writable: false, tally);
                break;
            case MappedAs.Ksm:
                tally.Merged.Add((folio.Head, (int)mapped.Sum));
                break;
        }
    }

    /// <summary>Makes a stable node of each merged folio and maps it on neighbouring pages of one Mm, as often as was counted.</summary>
    public void TakeMerged(ImportTally tally)
    {
        if (tally.Merged.Count == 0) { return; }
        FrameColumns at = _machine.Frames.AtRest;
        MmId mm = _plan.HasKsm ? NewMm() : default;
        long page = 0;
        foreach ((int pfn, int count) in tally.Merged)
        {
            int node = _machine.Ksm.Create(s_task);
            Require(node != 0);
            at.Mapping[pfn] = MappingWord.Make(node, MappingTag.Ksm);
            if (count == 0) { continue; }
            VmaId vma = _machine.Mms.Map(s_task, mm, page, count, AnonFlags | VmaFlags.Ksm);
            Require(!vma.IsNone);
            for (long end = page + count; page < end; page++)
            {
                Require(_machine.Ksm.Add(s_task, node, vma, page));
                PteSlot slot = _machine.Tables.FindOrCreate(s_task, _machine.Mms.RootOf(mm), page);
                Require(!slot.IsNone);
                _machine.Tables.Set(slot, Pte.Present(new Pfn(pfn), writable: false));
            }
            tally.KsmItems += count;
            tally.PteEntries += count;
        }
    }

    private void SetEntries(
        MappedArea area, PteSlot[] rows, in HostFolio folio, in HostCounts mapped, ReadOnlySpan<ulong> counts, bool writable, ImportTally tally)
    {
        if (mapped.Sum == 0) { return; }
        if (mapped.IsHuge(folio))
        {
            int first = area.FirstRow(folio.Head >> MappedArea.TableShift);
            Pte huge = Pte.Present(new Pfn(folio.Head), writable, huge: true);
            for (int mm = 0; mm < mapped.Largest; mm++) { _machine.Tables.Set(rows[first + mm], huge); }
            tally.HugeEntries += mapped.Largest;
            return;
        }
        for (int pfn = folio.Head; pfn < folio.Head + folio.Frames; pfn++)
        {
            int count = mapped.At(counts, folio, pfn);
            if (count == 0) { continue; }
            int first = area.FirstRow(pfn >> MappedArea.TableShift);
            int index = pfn & ((1 << MappedArea.TableShift) - 1);
            Pte pte = Pte.Present(new Pfn(pfn), writable);
            for (int mm = 0; mm < count; mm++)
            {
                TreeSlot table = rows[first + mm].Slot;
                _machine.Tables.Set(new PteSlot(table with { Index = index }, 0), pte);
            }
            tally.PteEntries += count;
        }
    }

    private MmId NewMm()
    {
        MmId mm = _machine.Mms.Create(s_task);
        Require(!mm.IsNone);
        return mm;
    }

    /// <summary>One anon_vma, which all VMAs over the object are linked to.</summary>
    private void MakeAnon(int number)
    {
        VmaId first = default;
        for (int mm = 0; mm < _plan.AnonVmasOf(number); mm++)
        {
            VmaId vma = Map(_plan.Anon, number, mm, AnonFlags, default);
            if (mm == 0)
            {
                Require(_machine.AnonVmas.Prepare(s_task, vma));
                first = vma;
                _anonVmas[number] = _machine.Vmas.Read(vma).AnonVma;
            }
            else { Require(_machine.AnonVmas.Clone(s_task, first, vma)); }
        }
    }

    private VmaId Map(MappedArea area, int number, int mm, VmaFlags flags, CacheId cache)
    {
        long start = area.BasePage + ((long)number << area.ObjectShift);
        VmaId vma = _machine.Mms.Map(s_task, _mms[mm], start, area.ObjectFrames, flags, cache);
        Require(!vma.IsNone);
        return vma;
    }

    /// <summary>The tables of each block in the order of <see cref="MappedArea.FirstRow"/>: entry 0 of a leaf, or the huge entry above.</summary>
    private PteSlot[] Tables(MappedArea area)
    {
        PteSlot[] rows = new PteSlot[area.FirstRow(area.Blocks)];
        for (int block = 0; block < area.Blocks; block++)
        {
            long page = area.BasePage + ((long)block << MappedArea.TableShift);
            for (int mm = 0; mm < area.RowsOf(block); mm++)
            {
                PteSlot slot = _machine.Tables.FindOrCreate(s_task, _machine.Mms.RootOf(_mms[mm]), page, area.IsHuge(block));
                Require(!slot.IsNone);
                rows[area.FirstRow(block) + mm] = slot;
            }
        }
        return rows;
    }

    private static void Require(bool hasRoom)
    {
        if (!hasRoom) { throw new ArgumentException("the machine has less room for mappings than the host needs"); }
    }
}
