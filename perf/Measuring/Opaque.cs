using System.Runtime.CompilerServices;

namespace MemCore.Perf.Measuring;

/// <summary>Calls that the compiler does not look through.</summary>
/// <remarks>
/// A call through a delegate is profiled like any other: a caller that meets the same loop most of the time gets a copy of it, made with what was
/// known of the loop by then. That copy is what runs from then on, and the loop itself, no longer called, stays in the tier where it was. Which
/// of the two was done first is a matter of chance: a loop took 8.6 or 9.9 ns by process. A method that is optimised at once has no profile.
/// </remarks>
internal static class Opaque
{
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void Call(Action<int> loop, int n) => loop(n);

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static int Call(Func<int, int> loop, int n) => loop(n);
}
