using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Import, counts and the audit: for a machine on which no task runs.</content>
internal sealed partial class FrameAllocator
{
    /// <summary>Makes frames free that are not: at first no frame is. Their references and flags are the caller's business.</summary>
    public void FreeRangeAtRest(Pfn start, int count)
    {
        _shared.FreeRangeAtRest(start, count);
        Strided<uint> generations = _table.AtRest.Generation.Slice(start.Value, count);
        for (int i = 0; i < generations.Length; i++) { generations[i] += generations[i] & 1; }
    }

    /// <summary>Makes frames allocated, each in a life of its own; they were free or absent. Their references and flags are the caller's business.</summary>
    public void TakeRangeAtRest(Pfn start, int count)
    {
        _shared.TakeRangeAtRest(start, count);
        Strided<uint> generations = _table.AtRest.Generation.Slice(start.Value, count);
        for (int i = 0; i < generations.Length; i++) { generations[i] |= 1; }
    }

    /// <summary>Sets the type of a block, with the counters.</summary>
    public void SetTypeAtRest(int block, MigrateType type)
    {
        _shared.SetTypeAtRest(block, type);
        _shared.RecountTreeAtRest(_shared.TreeOfBlock(block));
    }

    /// <summary>Computes every counter from the bits of the frames.</summary>
    public void RecountAtRest() => _shared.RecountAtRest();

    /// <summary>Frames that nobody owns: on the shared level, isolated or not, and in the lists of the CPUs.</summary>
    public long FreeFramesAtRest()
    {
        long free = 0;
        for (int block = 0; block < Blocks; block++) { free += BlockWord.Free(_shared.BlockNow(block)); }
        return free + ListedFramesAtRest();
    }

    /// <summary>Frames in the lists of the CPUs.</summary>
    public long ListedFramesAtRest()
    {
        long listed = 0;
        for (int cpu = 0; cpu < _cpus.Cpus; cpu++)
        {
            if (!_cpus.IsIdle(new CpuId(cpu))) { continue; }
            listed += _lists.Listed(cpu, freed: true) + _lists.Listed(cpu, freed: false);
            for (MigrateType type = 0; type < (MigrateType)MigrateTypes.Count; type++) { listed += _lists.WholeAtRest(cpu, type) < 0 ? 0 : BlockFrames; }
        }
        return listed;
    }

    /// <summary>Frames leaked on purpose.</summary>
    public long LeakedFramesAtRest() => _checks.LeakedAtRest;

    /// <summary>Adds up, for each order to <see cref="MaxOrder"/>, the free blocks that are part of no larger one. Without the CPUs' lists.</summary>
    /// <param name="counts">One element an order.</param>
    /// <param name="type">Only blocks of this type that are not isolated; null: all.</param>
    public void FreeBlocksPerOrderAtRest(Span<long> counts, MigrateType? type) => _shared.FreeBlocksPerOrderAtRest(counts, type);

    /// <summary>Blocks without a taken frame.</summary>
    public int WhollyFreeBlocksAtRest()
    {
        int count = 0;
        for (int block = 0; block < Blocks; block++) { count += BlockWord.Free(_shared.BlockNow(block)) == BlockFrames ? 1 : 0; }
        return count;
    }

    /// <summary>Free frames of one block on the shared level. Exact at rest, otherwise of a moment ago.</summary>
    public int FreeInBlock(int block) => BlockWord.Free(_shared.BlockNow(block));

    /// <summary>True when nobody owns the frame: on the shared level or in a CPU's list.</summary>
    public bool IsFreeAtRest(Pfn pfn) => _shared.IsFreeAtRest(pfn) || IsListedAtRest(pfn);

    /// <summary>True when a CPU's list has the frame. Lists that somebody is changing, inside the CPU's guard, are left out.</summary>
    public bool IsListedAtRest(Pfn pfn)
    {
        for (int cpu = 0; cpu < _cpus.Cpus; cpu++)
        {
            if (!_cpus.IsIdle(new CpuId(cpu))) { continue; }
            for (int entry = 0; entry < CpuFrameLists.Entries; entry++)
            {
                Claim claim = _lists.EntryAtRest(cpu, entry);
                if (!claim.IsNone && claim.Row == _shared.RowOf(pfn) && (claim.Mask & _shared.BitOf(pfn)) != 0) { return true; }
            }
            for (MigrateType type = 0; type < (MigrateType)MigrateTypes.Count; type++)
            {
                if (_lists.WholeAtRest(cpu, type) == _shared.BlockOf(pfn)) { return true; }
            }
        }
        return false;
    }

    /// <summary>Verifies all levels against each other and every free frame's words.</summary>
    public void AuditAtRest(Action<ViolationKind, string> report)
    {
        AuditListsAtRest(report);
        AuditTreesAtRest(0, _shared.Trees, report);
    }

    /// <summary>Trees that <see cref="AuditTreesAtRest"/> can be given slices of.</summary>
    public int Trees => _shared.Trees;

    /// <summary>The audit of some trees, so that several threads may share it.</summary>
    public void AuditTreesAtRest(int firstTree, int endTree, Action<ViolationKind, string> report)
    {
        for (int tree = firstTree; tree < endTree; tree++)
        {
            _shared.AuditTreeAtRest(tree, report);
            for (int t = 0; t < MigrateTypes.Count; t++)
            {
                int holders = _search.HoldersAtRest(tree, (MigrateType)t);
                if (holders != (TreeWord.IsReserved(_shared.TreeNow(tree), (MigrateType)t) ? 1 : 0))
                {
                    report(ViolationKind.CounterMismatch, $"tree {tree} is reserved for {(MigrateType)t} by {holders} slots, its word says otherwise");
                }
            }
        }
        int end = (int)Math.Min((long)endTree * _shared.TreeFrames, _table.Frames);
        for (int pfn = firstTree * _shared.TreeFrames; pfn < end; pfn++)
        {
            if (_shared.IsFreeAtRest(new Pfn(pfn))) { AuditFreeFrame(pfn, report); }
        }
    }

    /// <summary>The audit of the CPUs' lists: each frame once, taken on the shared level, and free by its own words.</summary>
    public void AuditListsAtRest(Action<ViolationKind, string> report)
    {
        HashSet<int> seen = [];
        for (int cpu = 0; cpu < _cpus.Cpus; cpu++)
        {
            if (!_cpus.IsIdle(new CpuId(cpu))) { continue; }
            for (int entry = 0; entry < CpuFrameLists.Entries; entry++)
            {
                Claim claim = _lists.EntryAtRest(cpu, entry);
                for (ulong bits = claim.Mask; bits != 0; bits &= bits - 1) { AuditListed(_shared.FirstOf(claim with { Mask = bits }), cpu); }
            }
            for (MigrateType type = 0; type < (MigrateType)MigrateTypes.Count; type++)
            {
                int block = _lists.WholeAtRest(cpu, type);
                if (block < 0) { continue; }
                if (!BlockWord.IsWhole(_shared.BlockNow(block))) { report(ViolationKind.CounterMismatch, $"block {block} is listed by cpu {cpu} and not taken as a whole"); }
                for (int i = 0; i < BlockFrames; i++) { AuditListed(new Pfn((block << _blockOrder) + i), cpu); }
            }
        }

        void AuditListed(Pfn pfn, int cpu)
        {
            if (!seen.Add(pfn.Value)) { report(ViolationKind.DoubleFree, $"frame {pfn} is listed twice, the second time by cpu {cpu}"); }
            if (_shared.IsFreeAtRest(pfn)) { report(ViolationKind.DoubleFree, $"frame {pfn} is listed by cpu {cpu} and free on the shared level"); }
            AuditFreeFrame(pfn.Value, report);
        }
    }

    private void AuditFreeFrame(int pfn, Action<ViolationKind, string> report)
    {
        FrameColumns at = _table.AtRest;
        if (FrameTable.IsAllocated(at.Generation[pfn])) { report(ViolationKind.DoubleOwner, $"frame 0x{pfn:x} is free, its generation says allocated"); }
        if (at.RefCount[pfn] != 0) { report(ViolationKind.RefcountAtFree, $"frame 0x{pfn:x} is free with {at.RefCount[pfn]} references"); }
        if (at.MapCount[pfn] != MapCount.Idle) { report(ViolationKind.MapcountAtFree, $"frame 0x{pfn:x} is free and mapped or typed"); }
        PageFlags left = (PageFlags)at.Flags[pfn] & PageFlags.CheckAtPrep;
        if (left != 0) { report(ViolationKind.FlagAtFree, $"frame 0x{pfn:x} is free with flags {FolioDump.Names(left)}"); }
    }
}
