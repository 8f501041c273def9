using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>A broken invariant as the report shows it.</summary>
/// <param name="Key">Kind and place, without numbers: the same in each run that shows it.</param>
/// <param name="Invariant">The kind of the reference.</param>
/// <param name="Text">One line, with the frame.</param>
/// <param name="Dump">Several lines: the folio, who holds it, who waits.</param>
internal sealed record Finding(string Key, ViolationKind Invariant, string Text, string Dump)
{
    /// <summary>The frame that it is about; −1: none is known.</summary>
    public int Frame { get; init; } = -1;

    /// <summary>The task that ran into it; −1: none, an audit found it.</summary>
    public int Task { get; init; } = -1;

    /// <summary>Where the repro was saved; null without an output directory.</summary>
    public string? Repro { get; init; }

    public static Finding Of(ViolationKind kind, string where, string text, string dump) => new($"{kind}:{where}", kind, text, dump);
}
