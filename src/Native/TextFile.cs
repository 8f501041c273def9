namespace MemCore.Native;

/// <summary>Reads of small files of the kernel, where absent and forbidden are ordinary answers.</summary>
internal static class TextFile
{
    /// <summary>The whole text, trimmed. False: absent, forbidden, or the read itself failed (sysfs does that for values it does not know).</summary>
    public static bool TryRead(string path, out string text)
    {
        try
        {
            text = File.ReadAllText(path).Trim();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            text = "";
            return false;
        }
    }
}
