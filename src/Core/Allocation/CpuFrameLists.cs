using System.Numerics;
using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Allocation;

/// <summary>The frames that a CPU keeps at hand, as rows and masks: for each type those to hand out, and for all types those freed.</summary>
/// <remarks>
/// <code>
/// words 0, 1, 2, 3 ...   mask, row of the frames to hand out, one pair a type
/// words 8, 9, 10, ...    mask, row of freed frames, one pair for each of the rows' last two bits
/// </code>
/// Two stores instead of one stack: freed frames go back to their row soon, and what is handed out next is chosen by how full the trees
/// are. Handing out the frame that was freed last would keep every hole where it is.
/// Two lines a CPU. Everything here is under the CPU's guard, and plain.
/// </remarks>
internal sealed class CpuFrameLists
{
    private const int Freed = MigrateTypes.Count * 2;
    private const int WordsPerCpu = Freed + (FreedRows * 2);

    private readonly Column<ulong> _words; // (G)
    private readonly SharedFrames _shared;
    private readonly int _capacity;

    public CpuFrameLists(Arena arena, SharedFrames shared, int cpus, int capacity)
    {
        _shared = shared;
        _capacity = Math.Clamp(capacity, 1, shared.RowBits);
        _words = arena.Add<ulong>("cpu_lists", cpus * WordsPerCpu, ColumnKind.State);
    }

    /// <summary>Rows of which a CPU keeps freed frames at the same time.</summary>
    public const int FreedRows = 4;

    /// <summary>The most frames that one refill brings.</summary>
    public int Capacity => _capacity;

    /// <summary>Hands out a frame of the type. None: refill first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Pfn PopLocked(CpuId cpu, MigrateType type)
    {
        int at = (cpu.Value * WordsPerCpu) + ((int)type * 2);
        Span<ulong> entry = _words.Row(at, 2);
        ulong bits = Atomic.PlainLoad(ref entry[0]);
        if (bits == 0) { return Pfn.None; }
        ulong row = Atomic.PlainLoad(ref entry[1]);
        Atomic.PlainStore(ref entry[0], Plant.Is(PlantedBug.PopKeepsFrame) ? bits : bits & (bits - 1));
        if (Seam.Exploring && (bits & (bits - 1)) == 0) { Atomic.PlainStore(ref entry[1], 0UL); }
        return _shared.FirstOf(new Claim((int)row, bits));
    }

    /// <summary>Puts claimed frames where <see cref="PopLocked"/> finds them. Only when there are none.</summary>
    public void RefillLocked(CpuId cpu, MigrateType type, Claim claim) => Write((cpu.Value * WordsPerCpu) + ((int)type * 2), claim);

    /// <summary>Keeps a freed frame. What it returns, if not None, did not fit and goes back to the shared level, under the same guard.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Claim PushLocked(CpuId cpu, Pfn pfn)
    {
        int row = _shared.RowOf(pfn);
        int at = (cpu.Value * WordsPerCpu) + Freed + ((row & (FreedRows - 1)) * 2);
        ulong bit = _shared.BitOf(pfn);
        Span<ulong> entry = _words.Row(at, 2);
        ulong bits = Atomic.PlainLoad(ref entry[0]);
        if (bits == 0 || (int)Atomic.PlainLoad(ref entry[1]) != row) { return ReplaceLocked(at, row, bit); }
        Bug.If((bits & bit) != 0, ViolationKind.DoubleFree, "free of a frame that the CPU's list has", pfn.Value);
        bits |= bit;
        bool full = BitOperations.PopCount(bits) >= _capacity;
        Atomic.PlainStore(ref entry[0], full ? 0 : bits);
        if (!full) { return Claim.None; }
        Atomic.PlainStore(ref entry[1], 0UL);
        return new Claim(row, bits);
    }

    // The row of the frame takes the place of another, or of none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Claim ReplaceLocked(int at, int row, ulong bit)
    {
        Claim old = Read(at);
        if (_capacity == 1 && old.IsNone) { return new Claim(row, bit); }
        Write(at, new Claim(row, bit));
        return old;
    }

    /// <summary>Takes a whole entry out, to give it back. None: it is empty.</summary>
    public Claim TakeLocked(CpuId cpu, int entry)
    {
        int at = (cpu.Value * WordsPerCpu) + (entry * 2);
        Claim claim = Read(at);
        if (!claim.IsNone) { Write(at, Claim.None); }
        return claim;
    }

    /// <summary>Entries a CPU, for <see cref="TakeLocked"/> and <see cref="EntryAtRest"/>.</summary>
    public static int Entries => WordsPerCpu / 2;

    public Claim EntryAtRest(int cpu, int entry)
    {
        int at = (cpu * WordsPerCpu) + (entry * 2);
        return new Claim((int)_words.AtRest[at + 1], _words.AtRest[at]);
    }

    private Claim Read(int at)
    {
        ulong bits = Atomic.PlainLoad(ref _words[at]);
        return bits == 0 ? Claim.None : new Claim((int)Atomic.PlainLoad(ref _words[at + 1]), bits);
    }

    private void Write(int at, Claim claim)
    {
        Atomic.PlainStore(ref _words[at], claim.Mask);
        Atomic.PlainStore(ref _words[at + 1], (ulong)claim.Row);
    }
}
