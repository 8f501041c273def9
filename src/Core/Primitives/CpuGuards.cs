using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>A guard for some data of each CPU, which a task that enters again and again comes to own.</summary>
/// <remarks>
/// A task that entered often enough while nobody else did becomes the owner: from then on it enters by stores into a word of its
/// own. Everybody else still takes the guard, and then the ownership away: a fence on all CPUs, after which either the owner is seen inside or
/// the owner sees that it is none any more.
/// <code>
/// guard    owner    what the others know
/// 0        0        nobody is inside
/// t + 1    0        task t is inside
/// 0        o + 1    task o may be inside: it says so in a word of its own
/// t + 1    o + 1    task t is about to take the ownership away, or waits for o to leave; or t is o
/// </code>
/// </remarks>
internal sealed class CpuGuards
{
    private const int Guard = 0; // (A) 0 free, otherwise the task's number plus one
    private const int Owner = 1; // (G) 0 none, otherwise the task's number plus one
    private const int Streak = 2; // (G) who entered last, and how often without another one between
    private const int StreakBits = 8;

    private readonly WordRows _cpus;
    private readonly LockRanks _ranks;
    private readonly LockRank _rank;
    private readonly int _entriesToOwn;

    /// <summary>Set-up only.</summary>
    /// <param name="arena">Where the words go.</param>
    /// <param name="name">Of the words of the CPUs.</param>
    /// <param name="taskName">Of the words of the tasks.</param>
    /// <param name="cpus">Slots.</param>
    /// <param name="tasks">Tasks that may enter.</param>
    /// <param name="entriesToOwn">Entries in a row that make a task the owner, at most 254. 0: nobody ever owns.</param>
    /// <param name="ranks">Where it is recorded who is inside, of owners by who calls them.</param>
    /// <param name="rank">As what.</param>
    public CpuGuards(Arena arena, string name, string taskName, int cpus, int tasks, int entriesToOwn, LockRanks ranks, LockRank rank)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entriesToOwn, (1 << StreakBits) - 2, nameof(entriesToOwn));
        _entriesToOwn = entriesToOwn;
        _ranks = ranks;
        _rank = rank;
        _cpus = new WordRows(arena, name, cpus, WordRows.LinePair, "guard", "owner", "streak");
        Owners = new CpuOwners(arena, taskName, tasks, exist: entriesToOwn != 0);
    }

    /// <summary>Entering and leaving for owners, for hot paths to copy.</summary>
    public CpuOwners Owners { get; }

    /// <summary>Enters the guard of the CPU where the task runs, or ran a moment ago. Blocking on the task inside.</summary>
    /// <remarks>No interlocked operation for its owner, which the task becomes by entering. A task owns one CPU at most: the one that it entered last.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CpuSection Enter(TaskId task, CpuId cpu)
    {
        if (!Owners.TryEnter(task, cpu, out CpuSection section)) { return EnterShared(task, cpu); }
        _ranks.Take(task, _rank);
        return section;
    }

    /// <summary>Enters the guard of any CPU: as its owner if the task is, otherwise as <see cref="EnterRemote"/> does.</summary>
    public CpuSection EnterAny(TaskId task, CpuId cpu)
    {
        if (!Owners.TryEnter(task, cpu, out CpuSection section)) { return EnterRemote(task, cpu); }
        _ranks.Take(task, _rank);
        return section;
    }

    /// <summary>Takes the guard of any CPU, to drain or audit it: not as its owner. Blocking on the task inside.</summary>
    public CpuSection EnterRemote(TaskId task, CpuId cpu)
    {
        // Pairs with CpuOwners.Leave: to own the guard is to see what was written under it.
        ref int guard = ref GuardOf(cpu.Value);
        new WordLock(ref guard, _ranks, _rank).Lock(task);
        int spins = 0;
        while (!TryTakeOwnership(task, cpu.Value, out int owner)) { Atomic.SpinWhile(ref Owners.InsideOf(new TaskId(owner)), 1, ref spins); }
        return new CpuSection(cpu, ref guard);
    }

    /// <summary>Takes the guard of any CPU if nobody is inside now. Wait-free.</summary>
    public bool TryEnterRemote(TaskId task, CpuId cpu)
    {
        WordLock guard = new(ref GuardOf(cpu.Value), _ranks, _rank);
        if (!guard.TryLock(task)) { return false; }
        if (TryTakeOwnership(task, cpu.Value, out _)) { return true; }
        guard.Unlock(task);
        return false;
    }

    /// <summary>Ends a stay, of an owner or not: one store. Wait-free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave(TaskId task, CpuSection section)
    {
        _ranks.Drop(task, _rank);
        CpuOwners.Leave(section);
    }

    /// <summary>Gives back a guard that was taken remotely. Wait-free.</summary>
    public void LeaveRemote(TaskId task, CpuId cpu) => new WordLock(ref GuardOf(cpu.Value), _ranks, _rank).Unlock(task);

    /// <summary>The word of a CPU, for who enters by a protocol of its own.</summary>
    public ref int GuardOf(int cpu) => ref _cpus[cpu, Guard];

    /// <summary>With the guard held: nobody but the caller owns the CPU from here on. False: its owner is inside; once it has left, it is none.</summary>
    public bool TryTakeOwnership(TaskId task, int cpu, out int owner)
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

        // Pairs with CpuOwners.Leave and CpuGuards.BecomesOwner: to find the owner outside is to see what it wrote inside.
        if (Atomic.Load(ref Owners.InsideOf(new TaskId(owner))) != 0 && !Plant.Is(PlantedBug.OwnerNotAwaited)) { return false; }
        Atomic.PlainStore(ref _cpus[cpu, Owner], 0);
        return true;
    }

    /// <summary>With the guard held, which is given back if the answer is true: the task is inside as the owner then.</summary>
    public bool BecomesOwner(TaskId task, int cpu)
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
        Atomic.Store(ref GuardOf(cpu), 0); // Pairs with CpuGuards.TryTakeOwnership: who takes the guard now finds the owner and sees it inside.
        return true;
    }

    /// <summary>With the guard held, by the owner itself: it is none.</summary>
    public void Disown(TaskId task, int cpu)
    {
        if (Atomic.PlainLoad(ref _cpus[cpu, Owner]) == task.Value + 1) { Atomic.PlainStore(ref _cpus[cpu, Owner], 0); }
    }

    /// <summary>Makes a task the owner of a CPU, at set-up.</summary>
    public void PlaceOwner(TaskId task, CpuId cpu)
    {
        Atomic.PlainStore(ref _cpus[cpu.Value, Owner], task.Value + 1);
        Atomic.PlainStore(ref Owners.WhereOf(task), cpu.Value);
    }

    /// <summary>True when nobody is inside: what quiescence requires.</summary>
    public bool IsIdle(CpuId cpu)
    {
        int owner = _cpus[cpu.Value, Owner];
        return GuardOf(cpu.Value) == 0 && (owner == 0 || Owners.InsideOf(new TaskId(owner - 1)) == 0);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private CpuSection EnterShared(TaskId task, CpuId cpu)
    {
        if (_entriesToOwn != 0) { GiveUp(task, except: cpu); }
        CpuSection section = EnterRemote(task, cpu);
        return BecomesOwner(task, cpu.Value) ? new CpuSection(cpu, ref Owners.InsideOf(task)) : section;
    }

    // Who runs elsewhere now is still the owner of what it left.
    private void GiveUp(TaskId task, CpuId except)
    {
        ref int where = ref Owners.WhereOf(task);
        int owned = Atomic.Load(ref where);
        if (owned < 0 || owned == except.Value) { return; }
        CpuId left = new(owned);
        EnterRemote(task, left);
        Disown(task, owned);
        Atomic.Store(ref where, CpuOwners.NotOwned(left));
        LeaveRemote(task, left);
    }
}
