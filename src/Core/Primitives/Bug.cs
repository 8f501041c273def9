using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace MemCore.Primitives;

/// <summary>What was violated: the kinds of the reference, and those of the lab.</summary>
public enum ViolationKind
{
    None,
    FlagAtFree,
    FlagAtAlloc,
    NonNullMappingAtFree,
    MapcountAtFree,
    RefcountAtFree,
    RefUnderflow,
    RefLeak,
    RefMissing,
    BadUnfreeze,
    UseAfterFree,
    DoubleFree,
    DoubleAllocation,
    DoubleOwner,
    ForeignUnlock,
    LostWake,
    Deadlock,
    StaleEntry,
    EntryWithoutLock,
    FlagTransferMismatch,
    DataMismatch,
    NonConvergence,
    Livelock,
    StatMismatch,
    FlagContradiction,
    BrokenCompound,
    LostFrame,
    MissedDetection,
    CounterMismatch,
    LockRank,
    StuckState,
    StaleTranslation,
    BrokenList,
    MapcountMismatch,
    CacheMismatch,
    Unexpected,
    DataRace,
    NonLinearizable,
    ProgressMismatch,
    StaleRead,
    SpuriousAttempt,
    MissedPage,
    PartialNotQueued,
    LostFolio,

    /// <summary>The last put of a folio off the LRU found Active or Unevictable: I-7, seen by the lab where the allocator's checks are off.</summary>
    FlagAtLastPut,
}

/// <summary>A broken invariant: ends the operation, and with it the run that it happened in.</summary>
public sealed class BugException : Exception
{
    public BugException()
    {
    }

    public BugException(string message)
        : base(message)
    {
    }

    public BugException(string message, Exception inner)
        : base(message, inner)
    {
    }

    internal BugException(ViolationKind kind, string message, string? where)
        : this(kind, message, where, -1)
    {
    }

    internal BugException(ViolationKind kind, string message, string? where, int index)
        : base(message)
    {
        Kind = kind;
        Where = where ?? string.Empty;
        Index = index;
        Bug.Observer?.Invoke(this);
    }

    public ViolationKind Kind { get; } = ViolationKind.Unexpected;

    /// <summary>The member that noticed, for the finding's key.</summary>
    public string Where { get; } = string.Empty;

    /// <summary>The frame that the report names; negative: it names none.</summary>
    internal int Index { get; } = -1;
}

/// <summary>Raises broken invariants. Stays on in Release.</summary>
/// <remarks>
/// An exploration may mute kinds: what ends a run first hides what would have followed. In a process that does not explore nothing is
/// muted, and nothing of it is left in compiled code.
/// </remarks>
internal static class Bug
{
    /// <summary>One bit per kind that an exploration lets pass. Set between runs only.</summary>
    public static ulong Muted { get; set; }

    /// <summary>Told of each broken invariant by the thread that noticed, before it unwinds. Set between runs only; null: nobody is.</summary>
    public static Action<BugException>? Observer { get; set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void If([DoesNotReturnIf(true)] bool broken, ViolationKind kind, string text, [CallerMemberName] string? where = null)
    {
        if (broken && !IsMuted(kind)) { Raise(kind, text, where); }
    }

    /// <summary>As above for a report that names a frame; the text is put together only when it is needed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void If([DoesNotReturnIf(true)] bool broken, ViolationKind kind, string text, int index, [CallerMemberName] string? where = null)
    {
        if (broken && !IsMuted(kind)) { Raise(kind, text, index, where); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsMuted(ViolationKind kind) => Seam.Exploring && (Muted >> (int)kind & 1) != 0;

    // Nothing but a throw, and free to be inlined on purpose: the JIT looks at such a method, leaves it a call, and then knows that it does
    // not return. Behind a helper that may not be inlined it keeps every register alive for a return that never comes.
    [DoesNotReturn]
    public static void Raise(ViolationKind kind, string text, string? where) => throw new BugException(kind, text, where);

    /// <summary>What the columns throw for an index that they do not have.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static BugException OutsideColumn(int index) =>
        new(ViolationKind.Unexpected, string.Create(CultureInfo.InvariantCulture, $"index {index} outside its column"), "Column");

    [DoesNotReturn]
    private static void Raise(ViolationKind kind, string text, int index, string? where) => throw About(kind, text, index, where);

    /// <summary>What the second form of <see cref="If(bool, ViolationKind, string, int, string?)"/> throws, for who throws it from a method of its own.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static BugException About(ViolationKind kind, string text, int index, string? where) =>
        new(kind, string.Create(CultureInfo.InvariantCulture, $"{text} (pfn 0x{index:x})"), where, index);
}
