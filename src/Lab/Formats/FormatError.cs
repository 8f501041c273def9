namespace MemCore.Lab.Formats;

/// <summary>Why a file could not be read or written; the message is one line that names the file.</summary>
internal sealed record FormatError(FormatErrorKind Kind, string Message)
{
    public override string ToString() => Message;

    /// <summary>Turns what the file system threw into a result; anything unknown is <see cref="FormatErrorKind.Io"/>.</summary>
    public static FormatError From(string path, Exception thrown) => thrown switch
    {
        FileNotFoundException or DirectoryNotFoundException => new(FormatErrorKind.NotFound, $"{path}: no such file"),
        UnauthorizedAccessException when Directory.Exists(path) => new(FormatErrorKind.NotAFile, $"{path}: is a directory"),
        UnauthorizedAccessException => new(FormatErrorKind.NoPermission, $"{path}: permission denied{LiveHint(path)}"),
        _ => new(FormatErrorKind.Io, $"{path}: {FirstLine(thrown.Message)}"),
    };

    /// <summary>The exceptions that <see cref="From"/> understands; everything else is a bug and goes up.</summary>
    public static bool IsExpected(Exception thrown) => thrown is IOException or UnauthorizedAccessException or NotSupportedException
        or ArgumentException;

    private static string LiveHint(string path) =>
        path.StartsWith("/proc/", StringComparison.Ordinal) ? " (the kernel shows this file to root only)" : "";

    private static string FirstLine(string text)
    {
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }
}

/// <summary>Kinds a caller may treat differently; all but Malformed mean that the file could not be had as it is.</summary>
internal enum FormatErrorKind
{
    NotFound,
    NoPermission,
    NotAFile,

    /// <summary>The length is not a multiple of an entry's 8 bytes: cut off, or not an image at all.</summary>
    NotWholeEntries,

    /// <summary>Compressed data that contradicts itself.</summary>
    Corrupt,

    /// <summary>Compressed data that ends too early.</summary>
    Truncated,

    /// <summary>A text that does not have the layout of its kind; the message names the line.</summary>
    Malformed,

    /// <summary>A directory with several snapshots and no choice made.</summary>
    Ambiguous,
    Io,
}
