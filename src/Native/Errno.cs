using System.Runtime.InteropServices;

namespace MemCore.Native;

/// <summary>Linux error numbers that a caller here tells apart, and their one-line text.</summary>
internal static class Errno
{
    public const int EPERM = 1;
    public const int EINTR = 4;
    public const int EAGAIN = 11;
    public const int ENOMEM = 12;
    public const int EINVAL = 22;
    public const int ENOSYS = 38;
    public const int ETIMEDOUT = 110;

    /// <summary>For example <c>EINVAL (Invalid argument)</c>.</summary>
    public static string Describe(int errno)
    {
        string name = errno switch
        {
            EPERM => nameof(EPERM),
            EINTR => nameof(EINTR),
            EAGAIN => nameof(EAGAIN),
            ENOMEM => nameof(ENOMEM),
            EINVAL => nameof(EINVAL),
            ENOSYS => nameof(ENOSYS),
            ETIMEDOUT => nameof(ETIMEDOUT),
            _ => $"errno {errno}",
        };
        return $"{name} ({Marshal.GetPInvokeErrorMessage(errno)})";
    }
}
