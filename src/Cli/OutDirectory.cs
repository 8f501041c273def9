namespace MemCore.Cli;

/// <summary>The directory of <c>--out</c>, made and tried before the work begins: a finding that cannot be saved would be lost.</summary>
internal static class OutDirectory
{
    /// <summary>Makes the directory and a file in it. False: <paramref name="complaint"/> is one line.</summary>
    public static bool TryPrepare(string directory, out string complaint)
    {
        try
        {
            Directory.CreateDirectory(directory);
            string probe = Path.Combine(directory, $".probe-{Environment.ProcessId}");
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
