using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <summary>Hands out frames of orders 0 to one above a block, and takes them back.</summary>
/// <remarks>
/// Single frames go through the calling task's CPU: taken from its list and freed to it, under its guard, with plain accesses.
/// Everything else, and every call that finds the guard busy, uses the shared level. Allocation and free are lock-free: a stopped task
/// costs the others the frames that its CPU's list holds, never their progress. Any task may call, from any CPU.
/// A generation counts the lives of an allocation's first frame; <see cref="Split"/> gives every frame a life of its own.
/// </remarks>
internal sealed partial class FrameAllocator : IFolioRelease
{
    private readonly FrameTable _table;
    private readonly CpuSlots _cpus;
    private readonly EventCounters _events;
    private readonly SharedFrames _shared;
    private readonly FrameSearch _search;
    private readonly CpuFrameLists _lists;
    private readonly CpuOwners _owners;
    private readonly FrameLives _lives;
    private readonly FreeChecks _checks;

    public FrameAllocator(Arena arena, FrameTable table, CpuSlots cpus, EventCounters events, AllocatorOptions options)
    {
        _table = table;
        _cpus = cpus;
        _events = events;
        _shared = new SharedFrames(arena, table.Frames, options);
        _search = new FrameSearch(arena, _shared, cpus.Cpus, events);
        _lists = new CpuFrameLists(arena, _shared, cpus.Cpus, options.ListCapacity);
        _owners = cpus.Owners;
        _lives = table.Lives;
        events.Add(_owners);
        _checks = new FreeChecks(table, events, options, arena.Add<long>("leaked_frames", 1, ColumnKind.State));
    }

    public int Blocks => _shared.Blocks;

    public int BlockFrames => _shared.BlockFrames;

    public int MaxOrder => _shared.MaxOrder;

    /// <summary>Called once for each bad page, by the task that found it. Set before tasks run; never called under exploration.</summary>
    public Action<BadPage>? OnBadPage
    {
        get => _checks.OnBadPage;
        set => _checks.OnBadPage = value;
    }

    /// <summary>The first few hundred bad pages.</summary>
    public IReadOnlyList<BadPage> BadPages => _checks.Reports;

    /// <summary>Takes an aligned block of 2^<paramref name="order"/> frames. None: no block that may serve the type has them.</summary>
    /// <remarks>
    /// The first frame begins a life and has one reference; its flags are clear. Own type first, then other types, then what the lists of
    /// the CPUs hold: when nobody else is active, None means that there is no such block. Lock-free.
    /// Cost: one compare-exchange and the frame's own words while the CPU's list has frames.
    /// </remarks>
    public Pfn Allocate(TaskId task, int order, MigrateType type)
    {
        if (Atomic.Fails(FaultPoint.AllocationRefused)) { return Pfn.None; }
        return order == 0 ? AllocateOne(task, type) : AllocateMany(task, order, type);
    }

    /// <summary>As <see cref="Allocate"/>; frames of an order above 0 become one folio.</summary>
    public Pfn AllocateFolio(TaskId task, int order, MigrateType type)
    {
        Pfn head = Allocate(task, order, type);
        if (!head.IsNone) { _table.MakeCompound(head, order); }
        return head;
    }

    /// <summary>Frees what was allocated with this order. The caller dropped the last reference and owns the frames alone.</summary>
    /// <remarks>
    /// A frame that still shows traces of its owner is reported and leaked with its block. Lock-free. Frames of block order and above are
    /// judged by their head alone: no other frame is touched.
    /// </remarks>
    public void Free(TaskId task, Pfn head, int order)
    {
        if (order == 0) { FreeOne(task, head); }
        else { FreeMany(task, head, order); }
    }

    /// <summary>Frees a folio: takes it apart and frees its frames. The caller dropped the last reference.</summary>
    public void Release(TaskId task, Pfn head)
    {
        int order = _table.OrderOf(head);
        if (order != 0)
        {
            ViolationKind kind = _checks.VerifyTails(head, order);
            if (kind != ViolationKind.None)
            {
                _table.EndLife(head);
                _checks.LeakBad(task, head, head, order, kind, atFree: true);
                return;
            }
            _table.BreakCompound(head, order);
        }
        Free(task, head, order);
    }

    /// <summary>Drops a reference, and frees the folio if it was the last.</summary>
    public void Put(TaskId task, Pfn head)
    {
        if (_table.Ref(head).PutTestZero()) { Release(task, head); }
    }

    /// <summary>Makes an allocation of an order above 0 into single frames, each with a life of its own, to be freed one by one.</summary>
    /// <remarks>The caller owns the frames alone and gives the others their references. Wait-free but for a word that isolation may change.</remarks>
    public void Split(TaskId task, Pfn head, int order)
    {
        _ = task;
        if (order >= _shared.BlockOrder) { _shared.SplitWhole(head, order); }
        for (int i = 1; i < 1 << order; i++) { _table.BeginLife(head + i); }
    }

    /// <summary>Keeps a block from being allocated from. False: it is isolated already. Lock-free.</summary>
    /// <remarks>Frames of it in CPU lists stay there until <see cref="DrainAll"/>; after both, none is or gets there.</remarks>
    public bool TryIsolateBlock(TaskId task, int block)
    {
        _ = task;
        return _shared.TryIsolate(block);
    }

    /// <summary>Ends the isolation of a block that is isolated; it is of the type that it was. Lock-free.</summary>
    public void UnisolateBlock(TaskId task, int block)
    {
        _ = task;
        _shared.Unisolate(block);
    }

    /// <summary>Stale as soon as it is read, unless the caller isolated the block.</summary>
    public bool IsIsolated(int block) => BlockWord.IsIsolated(_shared.BlockNow(block));

    /// <summary>Stale as soon as it is read, unless the block is isolated.</summary>
    public MigrateType TypeOf(int block) => BlockWord.Type(_shared.BlockNow(block));

    /// <summary>Gives the frames that a CPU keeps at hand back to all. Blocking on the task inside the CPU's guard.</summary>
    public void DrainCpu(TaskId task, CpuId cpu)
    {
        // Pairs with FrameAllocator.GiveOne and FrameAllocator.RefillLocked: both are done under this guard, so they are over or see the isolation.
        _cpus.EnterRemote(task, cpu);
        DrainLocked(cpu);
        _cpus.LeaveRemote(task, cpu);
        _events.Count(task, EventCounter.RemoteDrain);
    }

    /// <summary>As <see cref="DrainCpu"/>, one CPU after the other.</summary>
    public void DrainAll(TaskId task)
    {
        for (int cpu = 0; cpu < _cpus.Cpus; cpu++) { DrainCpu(task, new CpuId(cpu)); }
    }

    // The hot paths are methods of their own, and what they rarely do is not inlined into them.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateOne(TaskId task, MigrateType type)
    {
        if (!EnterOwned(task, out CpuSection section)) { return AllocateSlowly(task, type); }
        if (!_lists.TryPopLocked(section.Cpu, type, out Pfn pfn))
        {
            LeaveOwned(task, section);
            return AllocateSlowly(task, type);
        }
        LeaveOwned(task, section);
        if (!_lives.TryBegin(pfn, 1)) { return AllocateDirty(task, pfn, type); }
        CountOwned(task, section, EventCounter.PgAlloc);
        return pfn;
    }

    // The guard is busy, or the list empty.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateSlowly(TaskId task, MigrateType type) => AllocateDirty(task, TakeOne(task, type), type);

    // A frame, or none, that has not been verified.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateDirty(TaskId task, Pfn pfn, MigrateType type) =>
        pfn.IsNone || !PrepareOne(task, pfn) ? AllocateElsewhere(task, pfn, 0, type) : HandOut(task, pfn, 0);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateMany(TaskId task, int order, MigrateType type)
    {
        Bug.If((uint)order > (uint)_shared.MaxOrder, ViolationKind.Unexpected, "order above the largest");
        Pfn head = TakeMany(task, order, type);
        return head.IsNone || !PrepareMany(task, head, order) ? AllocateElsewhere(task, head, order, type) : HandOut(task, head, order);
    }

    // After an attempt that found nothing, or frames that must not be handed out.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateElsewhere(TaskId task, Pfn head, int order, MigrateType type)
    {
        while (true)
        {
            if (!head.IsNone) { head = TakeMany(task, order, type); }
            if (head.IsNone) { head = TakeDrained(task, order, type); }
            if (head.IsNone)
            {
                _events.Count(task, EventCounter.AllocExhausted);
                return Pfn.None;
            }
            if (PrepareMany(task, head, order)) { return HandOut(task, head, order); }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Pfn HandOut(TaskId task, Pfn head, int order)
    {
        _table.BeginLife(head);
        _table.Ref(head).Publish(1);
        _events.Count(task, EventCounter.PgAlloc, 1 << order);
        return head;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeOne(TaskId task, Pfn pfn)
    {
        if (!_lives.TryEnd(pfn))
        {
            FreeDirty(task, pfn);
            return;
        }
        if (!EnterOwned(task, out CpuSection section))
        {
            GiveUnowned(task, pfn);
            return;
        }
        CountOwned(task, section, EventCounter.PgFree);
        if (!_lists.TryPushLocked(section.Cpu, pfn)) { GiveLocked(task, pfn, section); }
        else { LeaveOwned(task, section); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GiveUnowned(TaskId task, Pfn pfn)
    {
        _events.Count(task, EventCounter.PgFree);
        GiveOne(task, pfn);
    }

    // Bears traces of its owner: they are wiped if they may be, otherwise it is leaked.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeDirty(TaskId task, Pfn pfn)
    {
        _table.EndLife(pfn);
        _events.Count(task, EventCounter.PgFree);
        if (_checks.TryFreeClean(pfn) || MayFreeOne(task, pfn)) { GiveOne(task, pfn); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeMany(TaskId task, Pfn head, int order)
    {
        Bug.If((uint)order > (uint)_shared.MaxOrder || (head.Value & ((1 << order) - 1)) != 0, ViolationKind.Unexpected, "free of frames that are no block of their order");
        _table.EndLife(head);
        _events.Count(task, EventCounter.PgFree, 1 << order);
        if (MayFreeMany(task, head, order)) { _shared.GiveBlock(head, order); }
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
        return one.IsNone ? Pfn.None : _shared.FirstOf(one);
    }

    // Pairs with FrameAllocator.DrainCpu: under the guard, so that a drain after an isolation finds what was claimed before it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn RefillLocked(TaskId task, CpuId cpu, MigrateType type)
    {
        Claim claim = _search.Claim(task, cpu, 0, type, _lists.Capacity);
        if (claim.IsNone) { return Pfn.None; }
        _events.Count(task, EventCounter.PcpRefill);
        ulong rest = claim.Mask & (claim.Mask - 1);
        if (rest != 0) { _lists.RefillLocked(cpu, type, claim with { Mask = rest }); }
        return _shared.FirstOf(claim);
    }

    private Pfn TakeMany(TaskId task, int order, MigrateType type)
    {
        Claim claim = _search.Claim(task, _cpus.CpuOf(task), order, type, want: 1);
        return claim.IsNone ? Pfn.None : _shared.FirstOf(claim);
    }

    // Nothing on the shared level: what the CPUs keep at hand is free too. A busy guard is left alone; its owner is active.
    private Pfn TakeDrained(TaskId task, int order, MigrateType type)
    {
        while (true)
        {
            bool any = false;
            for (int c = 0; c < _cpus.Cpus; c++)
            {
                CpuId cpu = new(c);
                if (!_cpus.TryEnterRemote(task, cpu)) { continue; }
                any |= DrainLocked(cpu);
                _cpus.LeaveRemote(task, cpu);
            }
            if (!any) { return Pfn.None; }
            _events.Count(task, EventCounter.RemoteDrain);
            Pfn head = TakeMany(task, order, type);
            if (!head.IsNone) { return head; }
        }
    }

    private bool DrainLocked(CpuId cpu)
    {
        bool any = false;
        for (int entry = 0; entry < CpuFrameLists.Entries; entry++)
        {
            Claim claim = _lists.TakeLocked(cpu, entry);
            if (claim.IsNone) { continue; }
            _shared.GiveFrames(claim);
            any = true;
        }
        return any;
    }

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
        _shared.GiveFrames(new Claim(_shared.RowOf(pfn), _shared.BitOf(pfn)));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FlushLocked(TaskId task, CpuId cpu, Claim claim, EventCounter why)
    {
        _events.Count(task, why);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool PrepareMany(TaskId task, Pfn head, int order)
    {
        Pfn end = head + JudgedFrames(order);
        for (Pfn pfn = head; pfn.Value < end.Value; pfn += 1)
        {
            ViolationKind kind = _checks.PrepareAllocation(pfn);
            if (kind == ViolationKind.None) { continue; }
            _checks.LeakBad(task, pfn, head, order, kind, atFree: false);
            return false;
        }
        return true;
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool MayFreeMany(TaskId task, Pfn head, int order)
    {
        Pfn end = head + JudgedFrames(order);
        for (Pfn pfn = head; pfn.Value < end.Value; pfn += 1)
        {
            ViolationKind kind = _checks.PrepareFree(pfn);
            if (kind == ViolationKind.None) { continue; }
            _checks.LeakBad(task, pfn, head, order, kind, atFree: true);
            return false;
        }
        return true;
    }

    private int JudgedFrames(int order) => order < _shared.BlockOrder ? 1 << order : 1;

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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CountOwned(TaskId task, CpuSection section, EventCounter counter)
    {
        if (!Seam.Checked && !Plant.Armed) { CpuOwners.Count(section, (int)counter); }
        else { _events.Count(task, counter); }
    }

    private bool Enter(TaskId task, out CpuSection section)
    {
        if (!Plant.Is(PlantedBug.GuardSkipped)) { return _cpus.TryEnter(task, out section); }
        section = new CpuSection(_cpus.CpuOf(task), ref Unsafe.NullRef<int>());
        return true;
    }

    private void Leave(TaskId task, CpuSection section)
    {
        if (!Plant.Is(PlantedBug.GuardSkipped)) { _cpus.Leave(task, section); }
    }
}
