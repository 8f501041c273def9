namespace MemCore.Lab.Exploration;

/// <summary>The lab itself failed: an operation that is not deterministic, an unwind that was swallowed, an access outside the arena.</summary>
public sealed class LabException : Exception
{
    public LabException()
    {
    }

    public LabException(string message)
        : base(message)
    {
    }

    public LabException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Takes an actor off the native stack. Thrown and caught by the runner alone; nothing between may catch it.</summary>
internal sealed class UnwindException : Exception
{
    public static readonly UnwindException Instance = new();

    private UnwindException()
        : base("an actor leaves the stack")
    {
    }
}
