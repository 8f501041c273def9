using System.Runtime.InteropServices;

namespace MemCore.Native;

internal static unsafe partial class ThreadPinning
{
    /// <summary>CPU numbers run through the processor groups, 64 numbers each, whether or not a group is full.</summary>
    internal const int CpusPerGroup = 64;

    // What the thread had before its first pin.
    [ThreadStatic]
    private static GroupAffinity s_before;

    private static PinResult TryPinWindows(int cpu)
    {
        var wanted = new GroupAffinity { Mask = (nuint)1 << cpu % CpusPerGroup, Group = (ushort)(cpu / CpusPerGroup) };
        GroupAffinity previous;
        if (SetThreadGroupAffinity(GetCurrentThread(), &wanted, &previous) == 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return PinResult.Refused($"CPU {cpu} (group {wanted.Group}): {Marshal.GetPInvokeErrorMessage(error)}");
        }
        if (s_before.Mask == 0) { s_before = previous; }
        return PinResult.Pinned;
    }

    private static bool TryRestoreWindows(out string reason)
    {
        GroupAffinity before = s_before;
        reason = "";
        if (before.Mask == 0) { return true; }
        if (SetThreadGroupAffinity(GetCurrentThread(), &before, null) == 0)
        {
            reason = $"group {before.Group}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}";
            return false;
        }
        s_before = default;
        return true;
    }

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentThread();

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int SetThreadGroupAffinity(nint thread, GroupAffinity* affinity, GroupAffinity* previous);

    [StructLayout(LayoutKind.Sequential)]
    private struct GroupAffinity
    {
        public nuint Mask;
        public ushort Group;
        public ushort Reserved0;
        public ushort Reserved1;
        public ushort Reserved2;
    }
}
