namespace CsCheck;

/// <summary>A property failed, or a generator was asked for what it cannot give.</summary>
public sealed class CsCheckException : Exception
{
    public CsCheckException() { }

    public CsCheckException(string message) : base(message) { }

    public CsCheckException(string message, Exception? exception) : base(message, exception) { }
}
