namespace MemCore.Reclaim;

/// <summary>How a compaction ended, in the kernel's order: of several zones the highest counts.</summary>
internal enum CompactResult
{
    /// <summary>The fragmentation index says that memory is short, not fragmented.</summary>
    NotSuitableZone,

    /// <summary>Too few free frames to move anything to.</summary>
    Skipped,

    /// <summary>It failed for this order lately, and waits for its turn.</summary>
    Deferred,

    /// <summary>Not returned here: this is of a search without scanners.</summary>
    NoSuitablePage,

    /// <summary>A round is over, the sweep is not.</summary>
    Continue,

    /// <summary>The scanners met after they had looked at everything.</summary>
    Complete,

    /// <summary>The scanners met, but blocks with a skip hint were passed over.</summary>
    PartialSkipped,

    /// <summary>Other tasks have what is left of the sweep in hand.</summary>
    Contended,

    /// <summary>There is a free block of the order.</summary>
    Success,
}
