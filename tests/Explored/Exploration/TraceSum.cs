using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Exploration;

/// <summary>One number for a run, as <see cref="Interleaving.TraceHash"/> is, without the text. Values of bookkeeping words are left out when asked for.</summary>
internal sealed class TraceSum(Arena? arena = null) : ITraceSink
{
    public ulong Hash { get; private set; }

    public void Access(int actor, AccessKind kind, int location, bool wide, long before, long after, long comparand)
    {
        Mix(1, actor, location, (int)kind);
        bool noted = arena is not null && arena.TryLocate(arena.Base + ((nint)location * sizeof(int)), out ColumnInfo column, out _) && column.Kind == ColumnKind.Bookkeeping;
        if (!noted) { Mix(2, (int)after, (int)(after >> 32), 0); }
    }

    public void Waits(int actor, WaitKind kind, int location) => Mix(3, actor, location, (int)kind);

    public void Wakes(int actor, int sleeper, int location) => Mix(4, actor, location, sleeper);

    public void TimedOut(int actor, int location) => Mix(5, actor, location, 0);

    public void Chose(int actor, int value, int count) => Mix(6, actor, value, count);

    public void Note(int actor, string text) => Mix(7, actor, text.Length, 0);

    public void OperationEnded(int actor) => Mix(8, actor, 0, 0);

    public void Buffered(int actor, int location, bool wide, long value) => Mix(9, actor, location, (int)value);

    public void Flushed(int actor, int location, bool wide, long before, long after) => Mix(10, actor, location, (int)after);

    private void Mix(int what, int a, int b, int c)
    {
        Hash = (Hash ^ (((ulong)(uint)what << 56) | ((ulong)(uint)a << 48) | ((ulong)(uint)c << 32) | (uint)b)) * 0x9E3779B97F4A7C15UL;
        Hash ^= Hash >> 29;
    }
}
