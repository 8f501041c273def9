namespace MemCore.Lab.Soak;

/// <summary>What the run tells the reporter while it goes on.</summary>
internal abstract record SoakEvent;

/// <summary>A line for who watches: what was loaded, that a thread could not be pinned.</summary>
internal sealed record NoteEvent(string Text) : SoakEvent;

/// <summary>One line every ten seconds.</summary>
internal sealed record ProgressEvent(
    double Seconds, double Remaining, long Operations, double OperationsPerSecond, int Audits, double LastPauseMs, int Findings, int Reached, int Total, long RssBytes, ulong Seed)
    : SoakEvent;

/// <summary>An invariant was broken, or the run stalled.</summary>
internal sealed record FindingEvent(Finding Finding, ulong Seed) : SoakEvent;
