using MemCore.Lab.Formats;

namespace MemCore.Lab.Host;

/// <summary>Why there is no host to start from: one line, and the exit status that says whose fault it is.</summary>
/// <param name="ExitCode">2: what was asked for is wrong. 3: this machine cannot, or may not.</param>
internal sealed record HostError(int ExitCode, string Message)
{
    public const int Usage = 2;
    public const int Machine = 3;

    /// <summary>A file that may not be read is the machine's no; anything else is a wrong file.</summary>
    public static HostError From(FormatError error) => error.Kind switch
    {
        FormatErrorKind.NoPermission or FormatErrorKind.Io => new(Machine, error.Message),
        _ => new(Usage, error.Message),
    };

    public override string ToString() => Message;
}
