using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <content>Single frames, by the lists of the task's CPU.</content>
/// <remarks>
/// What the hot paths rarely do is not inlined into them and comes last: a jump, for which nothing is saved on the stack. They themselves are
/// not marked NoInlining, which would make each such jump a call; and what a path saves, it reads back a moment later, where cores mistake
/// the stores into frame records, some of which have the same last twelve bits of address, for it (perf/RESULTS.md, B2).
/// Single frames are counted by the row, as they come to a CPU's list and go from it.
/// </remarks>
internal sealed partial class FrameAllocator
{
    private Pfn AllocateOne(TaskId task, MigrateType type, int references)
    {
        if (!EnterOwned(task, out CpuSection section)) { return AllocateSlowly(task, type, references); }
        bool any = _lists.TryPopLocked(section.Cpu, type, out Pfn pfn);
        LeaveOwned(task, section);
        if (!any) { return AllocateSlowly(task, type, references); }
        if (_lives.TryBegin(pfn, references)) { return pfn; }
        return AllocateDirty(task, pfn, type, references);
    }

    // The guard is busy, or the list empty.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateSlowly(TaskId task, MigrateType type, int references)
    {
        Pfn pfn = TakeOne(task, type);
        if (pfn.IsNone) { return AllocateElsewhere(task, pfn, 0, type, references); }
        return _lives.TryBegin(pfn, references) ? pfn : AllocateDirty(task, pfn, type, references);
    }

    // The frame is not as it should be, and was counted.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateDirty(TaskId task, Pfn pfn, MigrateType type, int references)
    {
        if (PrepareOne(task, pfn)) { return Begin(pfn, references); }
        _events.Count(task, EventCounter.PgAlloc, -1);
        return AllocateElsewhere(task, pfn, 0, type, references);
    }

    private void FreeOne(TaskId task, Pfn pfn)
    {
        if (_lives.TryEnd(pfn)) { GiveEnded(task, pfn); }
        else { FreeUsed(task, pfn); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeUsed(TaskId task, Pfn pfn)
    {
        if (_lives.TryEndUsed(pfn)) { GiveEnded(task, pfn); }
        else { FreeDirty(task, pfn); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void GiveEnded(TaskId task, Pfn pfn)
    {
        if (!EnterOwned(task, out CpuSection section)) { GiveOne(task, pfn); }
        else if (!_lists.TryPushLocked(section.Cpu, pfn)) { GiveLocked(task, pfn, section); }
        else { LeaveOwned(task, section); }
    }

    // Bears traces of its owner: they are wiped if they may be, otherwise it is leaked.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeDirty(TaskId task, Pfn pfn)
    {
        _table.EndLife(pfn);
        if (_checks.TryFreeClean(pfn) || MayFreeOne(task, pfn)) { GiveOne(task, pfn); }
        else { _events.Count(task, EventCounter.PgFree); }
    }

    private Pfn TakeOne(TaskId task, MigrateType type)
    {
        if (!Enter(task, out CpuSection section)) { return TakeBypassing(task, type); }
        if (!_lists.TryPopLocked(section.Cpu, type, out Pfn pfn)) { pfn = RefillLocked(task, section.Cpu, type); }
        Leave(task, section);
        return pfn;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn TakeBypassing(TaskId task, MigrateType type)
    {
        _events.Count(task, EventCounter.PcpBypass);
        Claim one = _search.Claim(task, _cpus.CpuOf(task), 0, type, want: 1);
        if (one.IsNone) { return Pfn.None; }
        _events.Count(task, EventCounter.PgAlloc);
        return _shared.FirstOf(one);
    }

    // Pairs with FrameAllocator.DrainCpu: under the guard, so that a drain after an isolation finds what was claimed before it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn RefillLocked(TaskId task, CpuId cpu, MigrateType type)
    {
        Claim claim = _search.Claim(task, cpu, 0, type, _lists.Capacity);
        if (claim.IsNone) { return Pfn.None; }
        _events.Count(task, EventCounter.PcpRefill);
        _events.Count(task, EventCounter.PgAlloc, claim.Frames);
        ulong rest = claim.Mask & (claim.Mask - 1);
        if (rest != 0) { _lists.RefillLocked(cpu, type, claim with { Mask = rest }); }
        return _shared.FirstOf(claim);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveOne(TaskId task, Pfn pfn)
    {
        if (Enter(task, out CpuSection section)) { GiveLocked(task, pfn, section); }
        else { GiveBypassing(task, pfn); }
    }

    // Leaves the section.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveLocked(TaskId task, Pfn pfn, CpuSection section)
    {
        // Pairs with FrameAllocator.DrainCpu: a free that entered before the drain is drained, one after it sees the isolation.
        if (BlockWord.IsIsolated(_shared.BlockNow(_shared.BlockOf(pfn))) && !Plant.Is(PlantedBug.IsolationForgetsCpuLists))
        {
            FlushLocked(task, section.Cpu, new Claim(_shared.RowOf(pfn), _shared.BitOf(pfn)), EventCounter.IsolatedFree);
        }
        else
        {
            Claim full = _lists.PushLocked(section.Cpu, pfn);
            if (!full.IsNone) { FlushLocked(task, section.Cpu, full, EventCounter.PcpFlush); }
        }
        Leave(task, section);
        if (Plant.Is(PlantedBug.FreeTwice)) { _shared.GiveFrames(new Claim(_shared.RowOf(pfn), _shared.BitOf(pfn))); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveBypassing(TaskId task, Pfn pfn)
    {
        _events.Count(task, EventCounter.PcpBypass);
        _events.Count(task, EventCounter.PgFree);
        _shared.GiveFrames(new Claim(_shared.RowOf(pfn), _shared.BitOf(pfn)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FlushLocked(TaskId task, CpuId cpu, Claim claim, EventCounter why)
    {
        _events.Count(task, why);
        _events.Count(task, EventCounter.PgFree, claim.Frames);
        ulong treeNow = _shared.GiveFrames(claim);
        if (Seam.Exploring || treeNow == 0) { return; }
        int block = _shared.BlockOfRow(claim.Row);
        if (_search.IsReservedElsewhere(cpu, _shared.TreeOfBlock(block), TypeOf(block), treeNow))
        {
            _events.Count(task, EventCounter.RemoteFree, claim.Frames);
        }
    }

    // A bad frame stays taken and in its free life, for good.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool PrepareOne(TaskId task, Pfn pfn)
    {
        ViolationKind kind = _checks.PrepareAllocation(pfn);
        if (kind == ViolationKind.None) { return true; }
        _checks.LeakBad(task, pfn, pfn, 0, kind, atFree: false);
        return false;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool MayFreeOne(TaskId task, Pfn pfn)
    {
        if (_checks.IsPoisoned(pfn))
        {
            _checks.Leak(1);
            return false;
        }
        ViolationKind kind = _checks.PrepareFree(pfn);
        if (kind == ViolationKind.None) { return true; }
        _checks.LeakBad(task, pfn, pfn, 0, kind, atFree: true);
        return false;
    }

    // Checked builds go the way on which lock ranks are recorded.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool EnterOwned(TaskId task, out CpuSection section)
    {
        if (!Seam.Checked && !Plant.Armed) { return _owners.TryEnter(task, out section); }
        return Enter(task, out section);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LeaveOwned(TaskId task, CpuSection section)
    {
        if (!Seam.Checked && !Plant.Armed) { CpuOwners.Leave(section); }
        else { Leave(task, section); }
    }

    private bool Enter(TaskId task, out CpuSection section)
    {
        if (!Plant.Is(PlantedBug.GuardSkipped)) { return _cpus.TryEnter(task, out section); }
        section = CpuSection.Unguarded(_cpus.CpuOf(task));
        return true;
    }

    private void Leave(TaskId task, CpuSection section)
    {
        if (!Plant.Is(PlantedBug.GuardSkipped)) { _cpus.Leave(task, section); }
    }
}
