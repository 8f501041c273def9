namespace MemCore.Lab.Soak;

/// <summary>The recorded host that comes with the command.</summary>
internal static class RecordedHost
{
    private const string Folder = "hosts";

    private const string Name = "b-fragmented-kpageflags.bin.gz";

    /// <summary>Beside the binary.</summary>
    public static string DefaultPath => Path.Combine(AppContext.BaseDirectory, Folder, Name);
}
