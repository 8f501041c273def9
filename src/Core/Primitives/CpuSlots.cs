using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>Which task runs on which CPU, and the guard under which the per-CPU data of a slot is used.</summary>
/// <remarks>
/// A task may be moved to another CPU wherever the kernel could be preempted: outside guards. The mover must own the guard of the slot
/// that it moves a tenant away from, and who enters re-reads its slot after acquiring the guard, so data of a CPU is never used by a task
/// that has left it. More tasks than CPUs are allowed; a slot without a running task is drained by whoever takes its guard.
/// </remarks>
internal sealed class CpuSlots
{
    private readonly PaddedColumn<int> _guard; // (A) 0 free, otherwise the owner's task number plus one
    private readonly PaddedColumn<int> _cpuOfTask; // (A) written by the task itself, or by a mover under the guard of the slot it leaves

    public CpuSlots(Arena arena, int cpus, int tasks)
    {
        Cpus = cpus;
        Tasks = tasks;
        _guard = arena.AddPadded<int>("cpu_guard", cpus, ColumnKind.State);
        _cpuOfTask = arena.AddPadded<int>("task_cpu", tasks, ColumnKind.State);
        Ranks = new LockRanks(arena, tasks);
    }

    public int Cpus { get; }

    public int Tasks { get; }

    public LockRanks Ranks { get; }

    /// <summary>Where the task runs now. Stale as soon as it is read, unless the caller owns the guard.</summary>
    public CpuId CpuOf(TaskId task) => new(Atomic.Load(ref _cpuOfTask[task.Value]));

    /// <summary>Takes the guard of the task's own CPU. False: another task has it; use a path that needs no per-CPU data.</summary>
    /// <remarks>Lock-free: at most one move per attempt repeats it.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter(TaskId task, out CpuId cpu)
    {
        ref int where = ref _cpuOfTask[task.Value];
        int c = Atomic.Load(ref where);
        while (!Atomic.Fails(FaultPoint.CpuGuardBusy))
        {
            ref int guard = ref _guard[c];
            if (Atomic.CompareExchange(ref guard, task.Value + 1, 0) != 0) { break; }

            // Pairs with CpuSlots.Move: a move completes under this guard, so the slot read now cannot change until Leave.
            int now = Atomic.Load(ref where);
            if (now == c || Plant.Is(PlantedBug.CpuNotReadAgain))
            {
                Ranks.Take(task, LockRank.CpuGuard, tried: true);
                cpu = new CpuId(c);
                return true;
            }
            Atomic.Store(ref guard, 0);
            c = now;
        }
        cpu = CpuId.None;
        return false;
    }

    /// <summary>Takes the guard of any CPU, to drain or audit it. Blocking on the task inside.</summary>
    public void EnterRemote(TaskId task, CpuId cpu) => new WordLock(ref _guard[cpu.Value], Ranks, LockRank.CpuGuard).Lock(task);

    /// <summary>Takes the guard of any CPU if it is free now. Wait-free.</summary>
    public bool TryEnterRemote(TaskId task, CpuId cpu) => new WordLock(ref _guard[cpu.Value], Ranks, LockRank.CpuGuard).TryLock(task);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave(TaskId task, CpuId cpu) => new WordLock(ref _guard[cpu.Value], Ranks, LockRank.CpuGuard).Unlock(task);

    /// <summary>Moves a task to another CPU. Blocking on the guard of the slot it leaves. The tenant re-pins itself on Metal.</summary>
    public void Move(TaskId mover, TaskId tenant, CpuId to)
    {
        Bug.If((uint)to.Value >= (uint)Cpus, ViolationKind.Unexpected, "move to a CPU that is not there");
        int c = Atomic.Load(ref _cpuOfTask[tenant.Value]);
        while (true)
        {
            EnterRemote(mover, new CpuId(c));
            int now = Atomic.Load(ref _cpuOfTask[tenant.Value]);
            if (now == c)
            {
                // Pairs with CpuSlots.TryEnter: the tenant is outside its guard, since we own it.
                Atomic.Store(ref _cpuOfTask[tenant.Value], to.Value);
                Leave(mover, new CpuId(c));
                return;
            }
            Leave(mover, new CpuId(c));
            c = now;
        }
    }

    /// <summary>Places a task at set-up.</summary>
    public void Place(TaskId task, CpuId cpu) => Atomic.PlainStore(ref _cpuOfTask[task.Value], cpu.Value);

    /// <summary>True when nobody is inside: what quiescence requires.</summary>
    public bool IsIdle(CpuId cpu) => Atomic.PlainLoad(ref _guard[cpu.Value]) == 0;
}
