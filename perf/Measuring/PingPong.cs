using System.Runtime.InteropServices;

namespace MemCore.Perf.Measuring;

/// <summary>One line that two threads write by turns: what it costs to move a line from one core to the other and be seen there.</summary>
/// <remarks>Each operation of a thread is one way; the loops run on two threads at once or never end.</remarks>
internal sealed unsafe class PingPong : IDisposable
{
    public const int LineBytes = 128;

    private int* _ball = (int*)NativeMemory.AlignedAlloc(LineBytes, LineBytes);

    public PingPong() => *_ball = 0;

    /// <summary>The first thread: it serves. After a slice the ball is where it was.</summary>
    public Side One => new(n => Play(n, mine: 0), _ => Volatile.Write(ref *_ball, 0));

    public Side Two => new(n => Play(n, mine: 1), _ => { });

    public void Dispose()
    {
        NativeMemory.AlignedFree(_ball);
        _ball = null;
    }

    // n transfers in all, half of them made by each thread.
    private void Play(int n, int mine)
    {
        ref int ball = ref *_ball;
        for (int i = mine; i < n; i += 2)
        {
            while (Volatile.Read(ref ball) != i) { }
            Volatile.Write(ref ball, i + 1);
        }
        while (Volatile.Read(ref ball) < n) { }
    }
}
