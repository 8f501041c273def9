namespace MemCore.Native;

/// <summary>Sleeping on a word: check-and-sleep is one step with respect to change-and-wake.</summary>
/// <remarks>
/// <para>Promise: a thread that changes the word and then wakes its address misses no waiter that saw the old value.</para>
/// <para>Only threads of this process. The word is 4-byte aligned and its memory outlives every call on it. Thread.Interrupt is not looked at by
/// the OS forms. Nothing here reads the word after the wake: the caller does, in a loop.</para>
/// </remarks>
internal static unsafe partial class AddressPark
{
    /// <summary>Blocks while the word holds <paramref name="expected"/>, until a wake or the time-out (negative: none).</summary>
    /// <remarks>May return early as <see cref="ParkResult.Woken"/>; early returns are rare, not absent.</remarks>
    public static ParkResult Wait(int* address, int expected, int timeoutMs = Timeout.Infinite)
    {
        if (OperatingSystem.IsLinux() && Syscall.IsKnown) { return Linux.Wait(address, expected, timeoutMs); }
        if (OperatingSystem.IsWindows()) { return Windows.Wait(address, expected, timeoutMs); }
        return Portable.Wait(address, expected, timeoutMs);
    }

    /// <summary>Wakes one waiter of the address if there is any. The caller has changed the word before.</summary>
    public static void WakeOne(int* address)
    {
        if (OperatingSystem.IsLinux() && Syscall.IsKnown) { Linux.Wake(address, 1); }
        else if (OperatingSystem.IsWindows()) { Windows.WakeOne(address); }
        else { Portable.Wake(address, 1); }
    }

    /// <summary>Wakes every waiter of the address. The caller has changed the word before.</summary>
    public static void WakeAll(int* address)
    {
        if (OperatingSystem.IsLinux() && Syscall.IsKnown) { Linux.Wake(address, int.MaxValue); }
        else if (OperatingSystem.IsWindows()) { Windows.WakeAll(address); }
        else { Portable.Wake(address, int.MaxValue); }
    }
}
