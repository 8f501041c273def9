using MemCore.Lab.Exploration;

namespace MemCore.Lab.Progress;

/// <summary>What was seen of one operation: how many steps it took, and who kept it from ending when stopped.</summary>
internal sealed class OperationProgress(string name, ProgressGuarantee? declared)
{
    public string Name { get; } = name;

    public ProgressGuarantee? Declared { get; } = declared;

    /// <summary>Machines that it was seen on, each with the space that was searched.</summary>
    public SortedSet<string> Machines { get; } = new(StringComparer.Ordinal);

    /// <summary>Most accesses, waits and choices that it took to its end in any schedule.</summary>
    public int StepsMax { get; set; }

    /// <summary>Operations in which a task was stopped, or after which, that this one then waited for.</summary>
    public SortedSet<string> Blockers { get; } = new(StringComparer.Ordinal);

    /// <summary>Columns of the words that it then waited for.</summary>
    public SortedSet<string> Words { get; } = new(StringComparer.Ordinal);

    /// <summary>Who holds what, the first time; empty: nobody blocks it.</summary>
    public string Example { get; set; } = string.Empty;

    /// <summary>Where it did not end although it was left alone, the first time; empty: nowhere.</summary>
    public string Alone { get; set; } = string.Empty;

    public bool IsBlocked => Blockers.Count > 0;

    /// <summary>Takes over what was seen of it elsewhere.</summary>
    public void Add(OperationProgress other)
    {
        if (other.Declared != Declared) { throw new LabException($"{Name} is declared \"{Declared}\" and \"{other.Declared}\""); }
        Machines.UnionWith(other.Machines);
        StepsMax = Math.Max(StepsMax, other.StepsMax);
        Blockers.UnionWith(other.Blockers);
        Words.UnionWith(other.Words);
        if (Example.Length == 0) { Example = other.Example; }
        if (Alone.Length == 0) { Alone = other.Alone; }
    }

    /// <summary>What is wrong with the declaration, in one line; null: it is what was seen.</summary>
    public string? Mismatch() => Declared is null ? null : Declared.Kind switch
    {
        ProgressKind.Blocking => IsBlocked ? null : $"{Name} is declared {Declared}, but nobody who is stopped blocks it",
        ProgressKind.ObstructionFree => Alone.Length == 0 ? null : $"{Name} is declared {Declared}, but {Alone}",
        _ when IsBlocked => $"{Name} is declared {Declared}, but {Example}",
        ProgressKind.WaitFree when StepsMax > Declared.Bound => $"{Name} is declared {Declared}, but took {StepsMax} steps",
        ProgressKind.WaitFree when Declared.Bound > 2 * StepsMax => $"{Name} is declared {Declared}, but never took more than {StepsMax} steps",
        _ => null,
    };
}

/// <summary>What a sweep saw: of each operation, and in all.</summary>
/// <param name="Operations">By name.</param>
/// <param name="States">From which every stop was tried.</param>
/// <param name="Stops">Tasks stopped for ever, each under every order of the others.</param>
/// <param name="Steps">In all.</param>
/// <param name="Complete">The space was searched to its end.</param>
/// <param name="Failures">Runs that broke an invariant, stops that were not recovered from: empty on right code.</param>
internal sealed record SweepResult(IReadOnlyList<OperationProgress> Operations, int States, long Stops, long Steps, bool Complete, IReadOnlyList<string> Failures)
{
    /// <summary>Declarations that are not what was seen, and failures.</summary>
    public IEnumerable<string> Mismatches => Operations.Select(o => o.Mismatch()).OfType<string>().Concat(Failures);
}
