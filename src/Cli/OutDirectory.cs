namespace MemCore.Cli;

/// <summary>The directory of <c>--out</c>, tried before the work begins: a finding that cannot be saved would be lost.</summary>
internal static class OutDirectory
{
    /// <summary>Tries to write where the directory is or would be; makes nothing. False: <paramref name="complaint"/> is one line.</summary>
    public static bool CanPrepare(string directory, out string complaint)
    {
        try
        {
            string? existing = Path.GetFullPath(directory);
            while (existing is not null && !Directory.Exists(existing)) { existing = Path.GetDirectoryName(existing); }
            string probe = Path.Combine(existing ?? directory, $".memcore-{Environment.ProcessId}");
            File.WriteAllText(probe, string.Empty);
            File.Delete(probe);
            complaint = string.Empty;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            complaint = $"--out {directory}: {e.Message}";
            return false;
        }
    }
}
