namespace MemCore.Native;

/// <summary>Whether the OS took an affinity, and if not, one line saying why.</summary>
internal readonly record struct PinResult(bool IsPinned, string Reason)
{
    public static PinResult Pinned => new(true, "");

    public static PinResult Refused(string reason) => new(false, reason);
}
