namespace MemCore.Lab.Soak;

/// <summary>How a run ended. The order is that of severity.</summary>
internal enum SoakVerdict
{
    Clean,
    Interrupted,

    /// <summary>Nothing was broken, but a state that the run must sometimes reach was not.</summary>
    Blind,
    Stalled,
    Violation,
}
