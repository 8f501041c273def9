namespace MemCore.Cli;

/// <summary>What the command's exit codes mean; scripts rely on them.</summary>
internal static class ExitCode
{
    /// <summary>The planned work was done and every expectation held.</summary>
    public const int Done = 0;

    /// <summary>An expectation failed; the finding is saved or printed.</summary>
    public const int Finding = 1;

    /// <summary>The command was not understood.</summary>
    public const int Usage = 2;

    /// <summary>This machine cannot run it: memory, permission, an unreadable file.</summary>
    public const int Environment = 3;

    /// <summary>No progress: the watchdog ended the run.</summary>
    public const int Stalled = 4;

    /// <summary>The lab itself failed.</summary>
    public const int LabFailed = 5;

    /// <summary>The budget ended with rows undecided and nothing found.</summary>
    public const int Undecided = 6;

    public const int Interrupted = 130;

    public const int Terminated = 143;
}
