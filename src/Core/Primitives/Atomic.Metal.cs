#pragma warning disable RS0030 // The waiting side of the seam on real threads: parked counts are no state of the engine.
using System.Runtime.CompilerServices;
using MemCore.Native;

namespace MemCore.Primitives;

/// <summary>Waiting on real threads: pause, then yield, then sleep in the OS on the address.</summary>
internal static class Metal
{
    /// <summary>Pauses before a waiter gives its core away. A line transfer is 40 to 200 ns, a wake by the OS 12 to 19 us.</summary>
    private const int PausesBeforeYield = 64;
    private const int PausesBeforePark = 192;
    private const int PausesBetweenYields = 8;
    private const int StopPollMs = 200;
    private const int ParkedSlots = 256;
    private const int SlotStride = 16;

    // How many threads sleep on addresses of a slot: a waker that reads 0 saves the system call. Padded to a line each.
    private static readonly int[] s_parked = new int[(ParkedSlots + 1) * SlotStride];

    private static int s_stopping;

    /// <summary>Ends every wait of the process with <see cref="StoppedException"/>: the run is over and what is waited for may never come.</summary>
    public static bool Stopping
    {
        get => Volatile.Read(ref s_stopping) != 0;
        set => Volatile.Write(ref s_stopping, value ? 1 : 0);
    }

    /// <summary>One pause of a loop that waits; gives the core away when the wait gets long.</summary>
    public static void Relax(ref int spins)
    {
        if (++spins < PausesBeforeYield || spins % PausesBetweenYields != 0)
        {
            CpuRelax.Pause();
            return;
        }
        if (Stopping) { throw new StoppedException(); }
        Thread.Yield();
    }

    public static void SpinWhile(ref int word, int seen, ref int spins)
    {
        while (Volatile.Read(ref word) == seen) { Relax(ref spins); }
    }

    /// <summary>Spins for a few line transfers, then sleeps. False: <paramref name="timeoutMs"/> was not negative and passed.</summary>
    public static unsafe bool Park(ref int word, int expected, int timeoutMs)
    {
        if (!Atomic.Fails(FaultPoint.SpinSkipped))
        {
            for (int i = 0; i < PausesBeforePark; i++)
            {
                if (Volatile.Read(ref word) != expected) { return true; }
                CpuRelax.Pause();
            }
        }
        long deadline = timeoutMs < 0 ? long.MaxValue : Environment.TickCount64 + timeoutMs;
        ref int parked = ref ParkedOn(ref word);

        // Pairs with Metal.Wake: the count rises before the kernel compares the word, the word changes before the count is read.
        Interlocked.Increment(ref parked);
        while (true)
        {
            long left = deadline - Environment.TickCount64;
            int slice = (int)Math.Clamp(left, 0, StopPollMs);
            ParkResult result = AddressPark.Wait((int*)Unsafe.AsPointer(ref word), expected, slice);
            if (result != ParkResult.TimedOut || Volatile.Read(ref word) != expected)
            {
                Interlocked.Decrement(ref parked);
                return true;
            }
            if (Stopping)
            {
                Interlocked.Decrement(ref parked);
                throw new StoppedException();
            }
            if (left <= slice)
            {
                Interlocked.Decrement(ref parked);
                return false;
            }
        }
    }

    public static unsafe void Wake(ref int word, bool all)
    {
        // Pairs with Metal.Park: full fence between the change of the word by the caller and the read of the count.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref ParkedOn(ref word)) == 0) { return; }
        int* address = (int*)Unsafe.AsPointer(ref word);
        if (all) { AddressPark.WakeAll(address); }
        else { AddressPark.WakeOne(address); }
    }

    private static unsafe ref int ParkedOn(ref int word)
    {
        ulong address = (ulong)Unsafe.AsPointer(ref word) >> 2;
        int slot = (int)((address * 0x9E3779B97F4A7C15UL) >> 56);
        return ref s_parked[(slot + 1) * SlotStride];
    }
}

/// <summary>The run ended while the thread waited. Not a finding.</summary>
public sealed class StoppedException : Exception
{
    public StoppedException()
        : base("the run ended while this thread waited")
    {
    }

    public StoppedException(string message)
        : base(message)
    {
    }

    public StoppedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
