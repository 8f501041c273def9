namespace MemCore.Lab.Soak;

/// <summary>Why a run cannot start: one line, and whether the wish (2) or the machine (3) is the reason.</summary>
internal sealed record SetupError(int ExitCode, string Text)
{
    public static SetupError Usage(string text) => new(2, text);

    public static SetupError Environment(string text) => new(3, text);
}
