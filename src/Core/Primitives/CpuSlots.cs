using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>Which task runs on which CPU, and the guard under which the per-CPU data of a slot is used.</summary>
/// <remarks>
/// A task may be moved to another CPU wherever the kernel could be preempted: outside guards. The mover must own the guard of the slot
/// that it moves a tenant away from, and who enters re-reads its slot after acquiring the guard, so data of a CPU is never used by a task
/// that has left it. More tasks than CPUs are allowed; a slot without a running task is drained by whoever takes its guard.
/// The guards are <see cref="CpuGuards"/>: a task that entered often enough while nobody else did owns its CPU, and enters by stores.
/// </remarks>
internal sealed class CpuSlots
{
    private readonly CpuGuards _guards;

    /// <summary>Set-up only.</summary>
    /// <param name="arena">Where the words go.</param>
    /// <param name="cpus">Slots.</param>
    /// <param name="tasks">Tasks that may enter.</param>
    /// <param name="entriesToOwn">Entries in a row that make a task the owner, at most 254. 0: nobody ever owns.</param>
    public CpuSlots(Arena arena, int cpus, int tasks, int entriesToOwn)
    {
        Cpus = cpus;
        Tasks = tasks;
        EntriesToOwn = entriesToOwn;
        Ranks = new LockRanks(arena, tasks);
        _guards = new CpuGuards(arena, "cpu", "task", cpus, tasks, entriesToOwn, Ranks, LockRank.CpuGuard);
        Owners = _guards.Owners;
    }

    /// <summary>As above. Explorations are about the guard unless they ask for owners, whose every step would be one more in all of them.</summary>
    public CpuSlots(Arena arena, int cpus, int tasks)
        : this(arena, cpus, tasks, Seam.Exploring ? 0 : 64)
    {
    }

    public int Cpus { get; }

    public int Tasks { get; }

    /// <summary>Entries in a row that make a task the owner of its CPU, here and wherever else tasks own data of a CPU. 0: nobody ever owns.</summary>
    public int EntriesToOwn { get; }

    public LockRanks Ranks { get; }

    /// <summary>Entering and leaving for who owns its CPU, for hot paths to copy. Lock ranks are not recorded there.</summary>
    public CpuOwners Owners { get; }

    /// <summary>Where the task runs now. Stale as soon as it is read, unless the caller is inside.</summary>
    public CpuId CpuOf(TaskId task) => Owners.CpuOf(task);

    /// <summary>Enters the task's own CPU. False: another task is inside; use a path that needs no per-CPU data.</summary>
    /// <remarks>Lock-free: at most one move per attempt repeats it. No interlocked operation for an owner.</remarks>
    public bool TryEnter(TaskId task, out CpuSection section)
    {
        if (!Owners.TryEnter(task, out section) && !TryEnterShared(task, out section)) { return false; }
        Ranks.Take(task, LockRank.CpuGuard, tried: true);
        return true;
    }

    /// <summary>Ends what <see cref="TryEnter"/> began: one store. Wait-free.</summary>
    public void Leave(TaskId task, CpuSection section)
    {
        Ranks.Drop(task, LockRank.CpuGuard);
        CpuOwners.Leave(section);
    }

    /// <summary>Takes the guard of any CPU, to drain or audit it. Blocking on the task inside.</summary>
    public void EnterRemote(TaskId task, CpuId cpu) => _guards.EnterRemote(task, cpu);

    /// <summary>Takes the guard of any CPU if nobody is inside now. Wait-free.</summary>
    public bool TryEnterRemote(TaskId task, CpuId cpu) => _guards.TryEnterRemote(task, cpu);

    /// <summary>Gives back a guard that was taken remotely. Wait-free.</summary>
    public void LeaveRemote(TaskId task, CpuId cpu) => _guards.LeaveRemote(task, cpu);

    /// <summary>Moves a task to another CPU. Blocking on the guard of the slot it leaves. The tenant re-pins itself on Metal.</summary>
    public void Move(TaskId mover, TaskId tenant, CpuId to)
    {
        Bug.If((uint)to.Value >= (uint)Cpus, ViolationKind.Unexpected, "move to a CPU that is not there");
        ref int where = ref Owners.WhereOf(tenant);
        CpuId cpu = CpuOf(tenant);
        while (true)
        {
            EnterRemote(mover, cpu);
            CpuId now = CpuOf(tenant);
            if (now == cpu)
            {
                // Who moves itself is still the owner of what it leaves.
                if (tenant == mover) { _guards.Disown(tenant, cpu.Value); }

                // Pairs with CpuSlots.TryEnterShared: the tenant is outside its guard, since we own it.
                Atomic.Store(ref where, CpuOwners.NotOwned(to));
                LeaveRemote(mover, cpu);
                return;
            }
            LeaveRemote(mover, cpu);
            cpu = now;
        }
    }

    /// <summary>Places a task at set-up.</summary>
    public void Place(TaskId task, CpuId cpu)
    {
        Bug.If((uint)cpu.Value >= (uint)Cpus, ViolationKind.Unexpected, "task placed on a CPU that is not there");
        Atomic.PlainStore(ref Owners.WhereOf(task), CpuOwners.NotOwned(cpu));
    }

    /// <summary>Makes a task that was placed the owner of its CPU, at set-up.</summary>
    public void PlaceOwner(TaskId task) => _guards.PlaceOwner(task, CpuOf(task));

    /// <summary>True when nobody is inside: what quiescence requires.</summary>
    public bool IsIdle(CpuId cpu) => _guards.IsIdle(cpu);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEnterShared(TaskId task, out CpuSection section)
    {
        int c = CpuOf(task).Value;
        while (!Atomic.Fails(FaultPoint.CpuGuardBusy))
        {
            // Pairs with CpuOwners.Leave: to own the guard is to see what was written under it.
            ref int guard = ref _guards.GuardOf(c);
            if (Atomic.CompareExchange(ref guard, task.Value + 1, 0) != 0) { break; }

            // Pairs with CpuSlots.Move: a move completes under this guard, so the slot read now cannot change until Leave.
            int now = CpuOf(task).Value;
            if (now == c || Plant.Is(PlantedBug.CpuNotReadAgain))
            {
                if (!_guards.TryTakeOwnership(task, c, out _))
                {
                    Atomic.Store(ref guard, 0);
                    break;
                }
                section = _guards.BecomesOwner(task, c) ? new CpuSection(new CpuId(c), ref Owners.InsideOf(task)) : new CpuSection(new CpuId(c), ref guard);
                return true;
            }
            Atomic.Store(ref guard, 0);
            c = now;
        }
        section = CpuSection.Unguarded(CpuId.None);
        return false;
    }
}
