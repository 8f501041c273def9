using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <summary>The frames that a CPU keeps at hand, as rows and masks: for each type those to hand out, and for all types those freed.</summary>
/// <remarks>
/// <code>
/// words 0, 1, 2, 3 ...   mask, first frame of the row of the frames to hand out, one pair a type
/// words 8, 9, 10, ...    mask, first frame of the row of freed frames, one pair for each of the rows' last two bits
/// words 16 to 19         number of a whole block plus 1, one word a type
/// </code>
/// Two stores instead of one stack: freed frames go back to their row soon, and what is handed out next is chosen by how full the trees
/// are. Handing out the frame that was freed last would keep every hole where it is.
/// A whole block leaves no hole: the one that was freed last is the next one to hand out.
/// Three lines a CPU. Everything here is under the CPU's guard, and plain.
/// </remarks>
internal readonly struct CpuFrameLists
{
    private const int Freed = MigrateTypes.Count * 2;
    private const int Wholes = Freed + (FreedRows * 2);
    private const string FreedTwice = "free of a frame that the CPU's list has";

    private readonly Column<ulong> _words; // (G)
    private readonly int _capacity;
    private readonly int _rowOrder;
    private readonly int _inRow; // bits of a frame number that tell the frames of a row apart

    public CpuFrameLists(Arena arena, SharedFrames shared, int cpus, int capacity)
    {
        _rowOrder = shared.RowOrder;
        _inRow = shared.RowBits - 1;
        _capacity = Math.Clamp(capacity, 1, shared.RowBits);
        _words = arena.Add<ulong>("cpu_lists", cpus * WordsPerCpu, ColumnKind.State);
    }

    /// <summary>Rows of which a CPU keeps freed frames at the same time.</summary>
    public const int FreedRows = 4;

    /// <summary>The most frames that one refill brings.</summary>
    public int Capacity => _capacity;

    /// <summary>Hands out a frame of the type. False: refill first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPopLocked(CpuId cpu, MigrateType type, out Pfn pfn)
    {
        ref ulong mask = ref _words.Known((uint)((cpu.Value * WordsPerCpu) + ((int)type * 2)));
        ref ulong first = ref Column<ulong>.After(ref mask);
        ulong bits = Atomic.PlainLoad(ref mask);
        pfn = new Pfn((int)Atomic.PlainLoad(ref first) + BitOperations.TrailingZeroCount(bits));
        if (bits == 0) { return false; }
        Atomic.PlainStore(ref mask, Plant.Is(PlantedBug.PopKeepsFrame) ? bits : bits & (bits - 1));
        if (Seam.Exploring && (bits & (bits - 1)) == 0) { Atomic.PlainStore(ref first, 0UL); }
        return true;
    }

    /// <summary>Puts claimed frames where <see cref="TryPopLocked"/> finds them. Only when there are none.</summary>
    public void RefillLocked(CpuId cpu, MigrateType type, Claim claim) => Write((cpu.Value * WordsPerCpu) + ((int)type * 2), claim);

    /// <summary>Keeps a freed frame beside others of its row. False: there are none, or it would be one too many; nothing has changed.</summary>
    /// <remarks>
    /// Asks for no isolation: who opened the row found its block not isolated, and a drain, which follows each isolation, takes the row away.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPushLocked(CpuId cpu, Pfn pfn)
    {
        ref ulong mask = ref _words.Known(FreedAt(cpu, pfn));
        ulong bits = Atomic.PlainLoad(ref mask);
        if (bits == 0) { return false; }
        int inRow = pfn.Value - (int)Atomic.PlainLoad(ref Column<ulong>.After(ref mask));
        if ((uint)inRow > (uint)_inRow) { return false; }
        ulong bit = 1UL << inRow;
        if ((bits & bit) != 0)
        {
            if (!Seam.On) { ThrowFreedTwice(pfn); }
            Bug.If(true, ViolationKind.DoubleFree, FreedTwice, pfn.Value);
        }
        bits |= bit;
        if (BitOperations.PopCount(bits) >= _capacity) { return false; }
        Atomic.PlainStore(ref mask, bits);
        return true;
    }

    /// <summary>Keeps a freed frame of a block that is not isolated. What it returns, if not None, goes back to the shared level, under the same guard.</summary>
    public Claim PushLocked(CpuId cpu, Pfn pfn)
    {
        if (TryPushLocked(cpu, pfn)) { return Claim.None; }
        int at = (int)FreedAt(cpu, pfn);
        Claim mine = new(pfn.Value >> _rowOrder, 1UL << (pfn.Value & _inRow));
        Claim there = Read(at);
        if (!there.IsNone && there.Row == mine.Row)
        {
            Write(at, Claim.None);
            return mine with { Mask = there.Mask | mine.Mask };
        }

        // The row of the frame takes the place of another, or of none.
        if (_capacity == 1 && there.IsNone) { return mine; }
        Write(at, mine);
        return there;
    }

    /// <summary>Takes a whole entry out, to give it back. None: it is empty.</summary>
    public Claim TakeLocked(CpuId cpu, int entry)
    {
        int at = (cpu.Value * WordsPerCpu) + (entry * 2);
        Claim claim = Read(at);
        if (!claim.IsNone) { Write(at, Claim.None); }
        return claim;
    }

    /// <summary>Hands out the whole block of the type. False: there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPopWholeLocked(CpuId cpu, MigrateType type, out int block)
    {
        ref ulong word = ref WholeAt(cpu, type);
        block = (int)Atomic.PlainLoad(ref word) - 1;
        if (block < 0) { return false; }
        Atomic.PlainStore(ref word, 0UL);
        return true;
    }

    /// <summary>Keeps a block that was taken as a whole and is not isolated. False: there is one of the type already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPushWholeLocked(CpuId cpu, MigrateType type, int block)
    {
        ref ulong word = ref WholeAt(cpu, type);
        if (Atomic.PlainLoad(ref word) != 0) { return false; }
        Atomic.PlainStore(ref word, (ulong)block + 1);
        return true;
    }

    /// <summary>The whole block of a type, at rest; -1: none.</summary>
    public int WholeAtRest(int cpu, MigrateType type) => (int)_words.AtRest[(cpu * WordsPerCpu) + Wholes + (int)type] - 1;

    /// <summary>Entries a CPU, for <see cref="TakeLocked"/> and <see cref="EntryAtRest"/>.</summary>
    public static int Entries => Wholes / 2;

    private static int WordsPerCpu => Seam.Exploring ? Wholes + MigrateTypes.Count : 4 * Arena.LineBytes / sizeof(ulong);

    /// <summary>True for entries of freed frames, false for those of frames to hand out.</summary>
    public static bool IsFreed(int entry) => entry >= MigrateTypes.Count;

    /// <summary>How many single frames a CPU keeps, freed ones or those to hand out: while tasks run, of a moment ago.</summary>
    public int Listed(int cpu, bool freed)
    {
        int frames = 0;
        for (int entry = 0; entry < Entries; entry++)
        {
            if (IsFreed(entry) == freed) { frames += EntryAtRest(cpu, entry).Frames; }
        }
        return frames;
    }

    public Claim EntryAtRest(int cpu, int entry)
    {
        int at = (cpu * WordsPerCpu) + (entry * 2);
        return new Claim((int)_words.AtRest[at + 1] >> _rowOrder, _words.AtRest[at]);
    }

    // Its own so that the hot path has no argument to prepare for it but the frame.
    [DoesNotReturn]
    private static void ThrowFreedTwice(Pfn pfn) => throw Bug.About(ViolationKind.DoubleFree, FreedTwice, pfn.Value, nameof(TryPushLocked));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref ulong WholeAt(CpuId cpu, MigrateType type) => ref _words.Known((uint)((cpu.Value * WordsPerCpu) + Wholes + (int)type));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint FreedAt(CpuId cpu, Pfn pfn) => (uint)((cpu.Value * WordsPerCpu) + Freed + (((pfn.Value >> _rowOrder) & (FreedRows - 1)) * 2));

    private Claim Read(int at)
    {
        ulong bits = Atomic.PlainLoad(ref _words[at]);
        return bits == 0 ? Claim.None : new Claim((int)Atomic.PlainLoad(ref _words[at + 1]) >> _rowOrder, bits);
    }

    private void Write(int at, Claim claim)
    {
        Atomic.PlainStore(ref _words[at], claim.Mask);
        Atomic.PlainStore(ref _words[at + 1], (ulong)claim.Row << _rowOrder);
    }
}
