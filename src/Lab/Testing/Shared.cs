using MemCore.Primitives;

namespace MemCore.Lab.Testing;

/// <summary>What code under test says to the explorer beside its accesses. In a process that does not explore it costs next to nothing.</summary>
public static class Shared
{
    /// <summary>Pauses before another attempt that waits for no single word. The explorer goes on when a word that the attempt read has changed.</summary>
    /// <param name="spins">A local of the caller, 0 at first: how often it has paused.</param>
    public static void Retry(ref int spins) => Atomic.Retry(ref spins);

    /// <summary>A decision that no word determines, 0 to <paramref name="count"/> − 1: the explorer tries every value, elsewhere it is 0. At most 32 values.</summary>
    public static int Choose(int count) => Atomic.Choose(count);

    /// <summary>Names the steps that follow in a printed interleaving, up to the end of the call.</summary>
    public static void Note(string text) => Atomic.Note(text);
}
