using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <summary>Hands out frames of orders 0 to one above a block, and takes them back.</summary>
/// <remarks>
/// Single frames and whole blocks go through the calling task's CPU: taken from its lists and freed to them, under its guard, with plain accesses.
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
    private readonly int _blockOrder;
    private readonly int _batchFramesMin;
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
        events.AddUncounted(EventCounter.PgAlloc, () => -Listed(freed: false));
        events.AddUncounted(EventCounter.PgFree, () => Listed(freed: true));
        _blockOrder = _shared.BlockOrder;
        _batchFramesMin = options.BatchFramesMin;
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
        return order == 0 ? AllocateOne(task, type, references: 1) : order == _blockOrder ? AllocateWhole(task, type) : AllocateMany(task, order, type);
    }

    /// <summary>As <see cref="Allocate"/> for a single frame that has several holders from the start: none of them needs an operation of its own.</summary>
    public Pfn AllocateShared(TaskId task, MigrateType type, int references) =>
        Atomic.Fails(FaultPoint.AllocationRefused) ? Pfn.None : AllocateOne(task, type, references);

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
        else if (order == _blockOrder) { FreeWhole(task, head); }
        else { FreeMany(task, head, order); }
    }

    /// <summary>Frees a folio: takes it apart and frees its frames. The caller dropped the last reference.</summary>
    public void Release(TaskId task, Pfn head)
    {
        int order = _table.OrderOf(head);
        if (order == 0) { FreeOne(task, head); }
        else { ReleaseMany(task, head, order); }
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
        DrainLocked(task, cpu);
        _cpus.LeaveRemote(task, cpu);
        _events.Count(task, EventCounter.RemoteDrain);
    }

    /// <summary>As <see cref="DrainCpu"/>, one CPU after the other.</summary>
    public void DrainAll(TaskId task)
    {
        for (int cpu = 0; cpu < _cpus.Cpus; cpu++) { DrainCpu(task, new CpuId(cpu)); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateMany(TaskId task, int order, MigrateType type)
    {
        Bug.If((uint)order > (uint)_shared.MaxOrder, ViolationKind.Unexpected, "order above the largest");
        Pfn head = TakeMany(task, order, type);
        return head.IsNone || !PrepareMany(task, head, order) ? AllocateElsewhere(task, head, order, type) : HandOut(task, head, order);
    }

    // After an attempt that found nothing, or frames that must not be handed out.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn AllocateElsewhere(TaskId task, Pfn head, int order, MigrateType type, int references = 1)
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
            if (PrepareMany(task, head, order)) { return HandOut(task, head, order, references); }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Pfn HandOut(TaskId task, Pfn head, int order, int references = 1)
    {
        _events.Count(task, EventCounter.PgAlloc, 1 << order);
        return Begin(head, references);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Pfn Begin(Pfn head, int references)
    {
        _table.BeginLife(head);
        _table.Ref(head).Publish(references);
        return head;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FreeMany(TaskId task, Pfn head, int order)
    {
        Bug.If((uint)order > (uint)_shared.MaxOrder || (head.Value & ((1 << order) - 1)) != 0, ViolationKind.Unexpected, "free of frames that are no block of their order");
        _table.EndLife(head);
        _events.Count(task, EventCounter.PgFree, 1 << order);
        if (!MayFreeMany(task, head, order)) { return; }
        if (order == _blockOrder) { GiveWhole(task, head); }
        else { _shared.GiveBlock(head, order); }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReleaseMany(TaskId task, Pfn head, int order)
    {
        ViolationKind kind = _checks.VerifyTails(head, order);
        if (kind != ViolationKind.None)
        {
            _table.EndLife(head);
            _checks.LeakBad(task, head, head, order, kind, atFree: true);
            return;
        }
        _table.BreakCompound(head, order);
        Free(task, head, order);
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
                any |= DrainLocked(task, cpu);
                _cpus.LeaveRemote(task, cpu);
            }
            if (!any) { return Pfn.None; }
            _events.Count(task, EventCounter.RemoteDrain);
            Pfn head = TakeMany(task, order, type);
            if (!head.IsNone) { return head; }
        }
    }

    private long Listed(bool freed)
    {
        long frames = 0;
        for (int cpu = 0; cpu < _cpus.Cpus; cpu++) { frames += _lists.Listed(cpu, freed); }
        return frames;
    }

    private bool DrainLocked(TaskId task, CpuId cpu)
    {
        bool any = false;
        for (int entry = 0; entry < CpuFrameLists.Entries; entry++)
        {
            Claim claim = _lists.TakeLocked(cpu, entry);
            if (claim.IsNone) { continue; }
            _shared.GiveFrames(claim);
            if (CpuFrameLists.IsFreed(entry)) { _events.Count(task, EventCounter.PgFree, claim.Frames); }
            else { _events.Count(task, EventCounter.PgAlloc, -claim.Frames); }
            any = true;
        }
        for (MigrateType type = 0; type < (MigrateType)MigrateTypes.Count; type++)
        {
            if (!_lists.TryPopWholeLocked(cpu, type, out int block)) { continue; }
            _shared.GiveBlock(new Pfn(block << _blockOrder), _blockOrder);
            any = true;
        }
        return any;
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
}
