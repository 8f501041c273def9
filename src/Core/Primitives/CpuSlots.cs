using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>Which task runs on which CPU, and the guard under which the per-CPU data of a slot is used.</summary>
/// <remarks>
/// A task may be moved to another CPU wherever the kernel could be preempted: outside guards. The mover must own the guard of the slot
/// that it moves a tenant away from, and who enters re-reads its slot after acquiring the guard, so data of a CPU is never used by a task
/// that has left it. More tasks than CPUs are allowed; a slot without a running task is drained by whoever takes its guard.
/// <para>
/// A task that entered often enough while nobody else did becomes the owner of its CPU: from then on it enters by stores into a word of its
/// own. Everybody else still takes the guard, and then the ownership away: a fence on all CPUs, after which either the owner is seen inside or
/// the owner sees that it is none any more.
/// </para>
/// <code>
/// guard    owner    what the others know
/// 0        0        nobody is inside
/// t + 1    0        task t is inside
/// 0        o + 1    task o may be inside: it says so in a word of its own
/// t + 1    o + 1    task t is about to take the ownership away, or waits for o to leave
/// </code>
/// </remarks>
internal sealed class CpuSlots
{
    private const int Guard = 0; // (A) 0 free, otherwise the task's number plus one
    private const int Owner = 1; // (G) 0 none, otherwise the task's number plus one
    private const int Streak = 2; // (G) who entered last, and how often without another one between
    private const int StreakBits = 8;

    private readonly WordRows _cpus;
    private readonly int _entriesToOwn;

    /// <summary>Set-up only.</summary>
    /// <param name="arena">Where the words go.</param>
    /// <param name="cpus">Slots.</param>
    /// <param name="tasks">Tasks that may enter.</param>
    /// <param name="entriesToOwn">Entries in a row that make a task the owner, at most 254. 0: nobody ever owns.</param>
    public CpuSlots(Arena arena, int cpus, int tasks, int entriesToOwn)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entriesToOwn, (1 << StreakBits) - 2, nameof(entriesToOwn));
        Cpus = cpus;
        Tasks = tasks;
        _entriesToOwn = entriesToOwn;
        _cpus = new WordRows(arena, "cpu", cpus, WordRows.LinePair, "guard", "owner", "streak");
        Owners = new CpuOwners(arena, tasks, exist: entriesToOwn != 0);
        Ranks = new LockRanks(arena, tasks);
    }

    /// <summary>As above. Explorations are about the guard unless they ask for owners, whose every step would be one more in all of them.</summary>
    public CpuSlots(Arena arena, int cpus, int tasks)
        : this(arena, cpus, tasks, Seam.Exploring ? 0 : 64)
    {
    }

    public int Cpus { get; }

    public int Tasks { get; }

    public LockRanks Ranks { get; }

    /// <summary>Entering and leaving for who owns its CPU, for hot paths to copy. Lock ranks are not recorded there.</summary>
    public CpuOwners Owners { get; }

    /// <summary>Where the task runs now. Stale as soon as it is read, unless the caller is inside.</summary>
    public CpuId CpuOf(TaskId task) => CpuOwners.CpuIn(Atomic.Load(ref Owners.WhereOf(task)));

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
    public void EnterRemote(TaskId task, CpuId cpu)
    {
        new WordLock(ref _cpus[cpu.Value, Guard], Ranks, LockRank.CpuGuard).Lock(task);
        int spins = 0;
        while (!TryTakeOwnership(task, cpu.Value, out int owner)) { Atomic.SpinWhile(ref Owners.InsideOf(new TaskId(owner)), 1, ref spins); }
    }

    /// <summary>Takes the guard of any CPU if nobody is inside now. Wait-free.</summary>
    public bool TryEnterRemote(TaskId task, CpuId cpu)
    {
        WordLock guard = new(ref _cpus[cpu.Value, Guard], Ranks, LockRank.CpuGuard);
        if (!guard.TryLock(task)) { return false; }
        if (TryTakeOwnership(task, cpu.Value, out _)) { return true; }
        guard.Unlock(task);
        return false;
    }

    /// <summary>Gives back a guard that was taken remotely. Wait-free.</summary>
    public void LeaveRemote(TaskId task, CpuId cpu) => new WordLock(ref _cpus[cpu.Value, Guard], Ranks, LockRank.CpuGuard).Unlock(task);

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
                if (tenant == mover) { Disown(tenant, cpu.Value); }

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
    public void PlaceOwner(TaskId task)
    {
        CpuId cpu = CpuOf(task);
        Atomic.PlainStore(ref _cpus[cpu.Value, Owner], task.Value + 1);
        Atomic.PlainStore(ref Owners.WhereOf(task), cpu.Value);
    }

    /// <summary>True when nobody is inside: what quiescence requires.</summary>
    public bool IsIdle(CpuId cpu)
    {
        int owner = Atomic.PlainLoad(ref _cpus[cpu.Value, Owner]);
        return Atomic.PlainLoad(ref _cpus[cpu.Value, Guard]) == 0 && (owner == 0 || Atomic.PlainLoad(ref Owners.InsideOf(new TaskId(owner - 1))) == 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryEnterShared(TaskId task, out CpuSection section)
    {
        int c = CpuOf(task).Value;
        while (!Atomic.Fails(FaultPoint.CpuGuardBusy))
        {
            ref int guard = ref _cpus[c, Guard];
            if (Atomic.CompareExchange(ref guard, task.Value + 1, 0) != 0) { break; }

            // Pairs with CpuSlots.Move: a move completes under this guard, so the slot read now cannot change until Leave.
            int now = CpuOf(task).Value;
            if (now == c || Plant.Is(PlantedBug.CpuNotReadAgain))
            {
                if (!TryTakeOwnership(task, c, out _))
                {
                    Atomic.Store(ref guard, 0);
                    break;
                }
                section = BecomesOwner(task, c) ? new CpuSection(new CpuId(c), ref Owners.InsideOf(task)) : new CpuSection(new CpuId(c), ref guard);
                return true;
            }
            Atomic.Store(ref guard, 0);
            c = now;
        }
        section = CpuSection.Unguarded(CpuId.None);
        return false;
    }

    /// <summary>With the guard held: nobody but the caller owns the CPU from here on. False: its owner is inside; once it has left, it is none.</summary>
    private bool TryTakeOwnership(TaskId task, int cpu, out int owner)
    {
        owner = Atomic.PlainLoad(ref _cpus[cpu, Owner]) - 1;
        if (owner < 0 || owner == task.Value) { return true; }
        ref int where = ref Owners.WhereOf(new TaskId(owner));
        if (Atomic.Load(ref where) >= 0)
        {
            // Pairs with CpuOwners.TryEnter: whatever the owner stored before the fence is seen below; what it reads after it says that it is none.
            Atomic.Store(ref where, CpuOwners.NotOwned(new CpuId(cpu)));
            if (!Plant.Is(PlantedBug.OwnerWithoutFence)) { Atomic.FenceAll(); }
        }

        // Pairs with CpuOwners.Leave: to find the owner outside is to see what it wrote inside.
        if (Atomic.Load(ref Owners.InsideOf(new TaskId(owner))) != 0 && !Plant.Is(PlantedBug.OwnerNotAwaited)) { return false; }
        Atomic.PlainStore(ref _cpus[cpu, Owner], 0);
        return true;
    }

    // With the guard held, which is given back: the task is inside as an owner then.
    private bool BecomesOwner(TaskId task, int cpu)
    {
        if (_entriesToOwn == 0) { return false; }
        ref int streak = ref _cpus[cpu, Streak];
        int seen = Atomic.PlainLoad(ref streak);
        int next = seen >> StreakBits == task.Value + 1 ? seen + 1 : ((task.Value + 1) << StreakBits) + 1;
        bool owns = (next & ((1 << StreakBits) - 1)) > _entriesToOwn;
        Atomic.PlainStore(ref streak, owns ? 0 : next);
        if (!owns) { return false; }
        Atomic.PlainStore(ref _cpus[cpu, Owner], task.Value + 1);
        Atomic.Store(ref Owners.InsideOf(task), 1);
        Atomic.Store(ref Owners.WhereOf(task), cpu);
        Atomic.Store(ref _cpus[cpu, Guard], 0); // Pairs with CpuSlots.TryTakeOwnership: who takes the guard now finds the owner and sees it inside.
        return true;
    }

    // With the guard held, by the owner itself.
    private void Disown(TaskId task, int cpu)
    {
        if (Atomic.PlainLoad(ref _cpus[cpu, Owner]) == task.Value + 1) { Atomic.PlainStore(ref _cpus[cpu, Owner], 0); }
    }
}
