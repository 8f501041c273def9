using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>A stay inside a CPU's guard, and the word whose 0 ends it.</summary>
internal readonly ref struct CpuSection(CpuId cpu, ref int word)
{
    /// <summary>The guard of the CPU, or the word of its owner.</summary>
    public readonly ref int Word = ref word;

    /// <summary>Whose data may be used.</summary>
    public readonly CpuId Cpu = cpu;
}

/// <summary>The part of <see cref="CpuSlots"/> that owners of a CPU use: entering and leaving by stores.</summary>
internal readonly struct CpuOwners(WordRows tasks, LockRanks ranks)
{
    public const int Where = 0; // (A) the CPU; its complement while the task owns it. Written under the guard of the slot that it names
    public const int Inside = 1; // (A) 1 while the task is inside as an owner. Written by the task itself

    private readonly WordRows _tasks = tasks;

    /// <summary>What the first word of a task says.</summary>
    public static CpuId CpuIn(int where) => new(where < 0 ? ~where : where);

    /// <summary>Enters the task's own CPU as its owner. False: it is none; nothing has changed. Wait-free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter(TaskId task, out CpuSection section)
    {
        ref int where = ref _tasks[task.Value, Where];
        int seen = Atomic.Load(ref where);
        section = default;
        if (seen >= 0 || Atomic.Fails(FaultPoint.CpuGuardBusy)) { return false; }

        // Pairs with CpuSlots.TryTakeOwnership: inside, then where; where, a fence on all CPUs, then inside: one of the two sees the other.
        ref int inside = ref _tasks.After(ref where, task.Value, Inside);
        Atomic.Store(ref inside, 1);
        if (Atomic.Load(ref where) != seen)
        {
            Atomic.Store(ref inside, 0);
            return false;
        }
        section = new CpuSection(new CpuId(~seen), ref inside);
        if (Seam.Checked) { ranks.Take(task, LockRank.CpuGuard, tried: true); }
        return true;
    }

    /// <summary>Ends a stay, of an owner or not. Wait-free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Leave(TaskId task, CpuSection section)
    {
        if (Seam.Checked) { ranks.Drop(task, LockRank.CpuGuard); }

        // Pairs with CpuSlots.TryEnterShared and CpuSlots.TryTakeOwnership: to find nobody inside is to see what was written there.
        Atomic.Store(ref section.Word, 0);
    }
}
