using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>A stay inside a CPU's guard, and the word whose 0 ends it.</summary>
internal readonly ref struct CpuSection(CpuId cpu, ref int word)
{
    /// <summary>The guard of the CPU, or the word of its owner.</summary>
    public readonly ref int Word = ref word;

    /// <summary>Whose data may be used.</summary>
    public readonly CpuId Cpu = cpu;

    /// <summary>Nobody is kept out and there is nothing to leave: what a mistake looks like.</summary>
    public static CpuSection Unguarded(CpuId cpu) => new(cpu, ref Unsafe.NullRef<int>());
}

/// <summary>The part of <see cref="CpuGuards"/> that owners of a CPU use: entering and leaving by stores.</summary>
internal readonly struct CpuOwners
{
    private readonly Column<int> _where; // (A) the CPU while the task owns it, otherwise its complement. Written under the guard of the slot that it names
    private readonly Column<int> _inside; // (A) 1 while the task is inside as an owner. Written by the task itself; with the seam off beside the other word
    private readonly bool _exist;

    public CpuOwners(Arena arena, string name, int tasks, bool exist)
    {
        _exist = exist;
        _where = arena.Add<int>(Seam.Exploring ? $"{name}_cpu" : name, tasks * Stride, ColumnKind.State);
        for (int task = 0; task < tasks; task++) { _where[task * Stride] = NotOwned(new CpuId(0)); }
        _inside = Seam.Exploring ? arena.Add<int>($"{name}_inside", tasks, ColumnKind.State) : _where;
    }

    private static int Stride => Seam.Exploring ? 1 : WordRows.LinePair;

    /// <summary>What the first word of a task says.</summary>
    public static CpuId CpuIn(int where) => new(where < 0 ? ~where : where);

    /// <summary>What it says of a task that does not own its CPU.</summary>
    public static int NotOwned(CpuId cpu) => ~cpu.Value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref int WhereOf(TaskId task) => ref _where[task.Value * Stride];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref int InsideOf(TaskId task) => ref After(ref WhereOf(task), task);

    /// <summary>Enters the CPU that the task owns. False: it owns none. Wait-free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter(TaskId task, out CpuSection section)
    {
        ref int where = ref WhereOf(task);
        ref int inside = ref After(ref where, task);
        if (Seam.Exploring && !_exist)
        {
            section = default;
            return false;
        }

        // Pairs with CpuGuards.TryTakeOwnership: inside, then where; where, a fence on all CPUs, then inside: one of the two sees the other.
        Atomic.Store(ref inside, 1);
        int cpu = Atomic.Load(ref where);
        section = new CpuSection(new CpuId(cpu), ref inside);
        if (cpu < 0 || Atomic.Fails(FaultPoint.CpuGuardBusy))
        {
            Atomic.Store(ref inside, 0);
            return false;
        }
        return true;
    }

    /// <summary>Enters a certain CPU as its owner. False: the task does not own it. Wait-free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter(TaskId task, CpuId cpu, out CpuSection section) => TryEnter(task, cpu, ref WhereOf(task), out section);

    /// <summary>Enters the CPU where the task runs by the word of <paramref name="places"/>, which has as many tasks. False: it does not own it here. Wait-free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryEnter(TaskId task, CpuOwners places, out CpuSection section)
    {
        CpuId cpu = places.CpuOf(task);
        return TryEnter(task, cpu, ref _where.Known((uint)(task.Value * Stride)), out section);
    }

    /// <summary>Where the task is, or was when it last owned a CPU.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CpuId CpuOf(TaskId task) => CpuIn(Atomic.Load(ref WhereOf(task)));

    /// <summary>Ends a stay, of an owner or not. Wait-free.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Leave(CpuSection section)
    {
        // Pairs with CpuSlots.TryEnterShared, CpuGuards.EnterRemote and CpuGuards.TryTakeOwnership: to find nobody inside is to see what was written there.
        Atomic.Store(ref section.Word, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryEnter(TaskId task, CpuId cpu, ref int where, out CpuSection section)
    {
        ref int inside = ref After(ref where, task);
        section = new CpuSection(cpu, ref inside);
        if (Seam.Exploring && !_exist) { return false; }

        // Pairs with CpuGuards.TryTakeOwnership: as where a task enters whatever CPU it owns.
        Atomic.Store(ref inside, 1);
        if (Atomic.Load(ref where) != cpu.Value || Atomic.Fails(FaultPoint.CpuGuardBusy))
        {
            Atomic.Store(ref inside, 0);
            return false;
        }
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref int After(ref int where, TaskId task) => ref Seam.Exploring ? ref _inside[task.Value] : ref Unsafe.Add(ref where, 1);
}
