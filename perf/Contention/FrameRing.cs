using MemCore.Primitives;

namespace MemCore.Perf.Contention;

/// <summary>Frames on their way from one thread to another: one pushes, one pops. Each side's index is on a line of its own.</summary>
internal sealed class FrameRing(int slots)
{
    private const int LineInts = 32;

    private readonly int[] _words = new int[slots + (3 * LineInts)];
    private readonly int _mask = slots - 1;

    /// <summary>For the pusher.</summary>
    public bool IsFull => Volatile.Read(ref Pushed) - Volatile.Read(ref Popped) > _mask;

    private ref int Pushed => ref _words[LineInts];

    private ref int Popped => ref _words[2 * LineInts];

    /// <summary>It is not full.</summary>
    public void Push(Pfn frame)
    {
        int at = Pushed;
        _words[(3 * LineInts) + (at & _mask)] = frame.Value;
        Volatile.Write(ref Pushed, at + 1);
    }

    /// <summary>None: it is empty.</summary>
    public Pfn Pop()
    {
        int at = Popped;
        if (Volatile.Read(ref Pushed) == at) { return Pfn.None; }
        Pfn frame = new(_words[(3 * LineInts) + (at & _mask)]);
        Volatile.Write(ref Popped, at + 1);
        return frame;
    }
}
