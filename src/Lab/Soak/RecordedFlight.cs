namespace MemCore.Lab.Soak;

/// <summary>An operation of a worker as a repro file keeps it.</summary>
internal sealed record RecordedOperation
{
    public int Worker { get; init; }

    /// <summary>Counts the worker's operations from 1.</summary>
    public int Number { get; init; }

    /// <summary>Nanoseconds after the finding, so mostly negative: from the clock of one operation in sixteen, evenly spread between.</summary>
    public long AtNs { get; init; }

    /// <summary>As reports call it.</summary>
    public string Operation { get; init; } = string.Empty;

    public FlightOutcome Outcome { get; init; }

    /// <summary>Null: none, or not known.</summary>
    public int? Frame { get; init; }

    public FlightPlaceKind Place { get; init; }

    /// <summary>Of a page: its Mm or cache.</summary>
    public int Owner { get; init; }

    /// <summary>Page, slot or task.</summary>
    public long Index { get; init; }

    /// <summary>Order, kind of batch, mode, number of pages or new Mm.</summary>
    public int Argument { get; init; }

    /// <summary>It is about what the finding is about; the others are there because they came shortly before.</summary>
    public bool Related { get; init; }
}

/// <summary>What the workers did last before a finding, in order.</summary>
/// <param name="Worker">Who ran into it; −1: nobody, an audit did.</param>
/// <param name="Frame">The frame that it is about; −1: none is known.</param>
/// <param name="Operations">By time.</param>
internal sealed record RecordedFlight(int Worker, int Frame, IReadOnlyList<RecordedOperation> Operations);
