using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>One number for a whole run: equal for equal traces, on any runner and any machine.</summary>
internal sealed class TraceHash
{
    public ulong Value { get; private set; } = 14695981039346656037UL;

    /// <summary>The short form that schedules carry.</summary>
    public static string Short(ulong value) => $"{(value ^ (value >> 24) ^ (value >> 48)) & 0xFFFFFF:x6}";

    public void Access(int actor, AccessKind kind, int location, long after)
    {
        Mix(((ulong)(uint)actor << 56) | ((ulong)kind << 48) | (uint)location);
        Mix((ulong)after);
    }

    public void Buffered(int actor, int location, long value)
    {
        Mix((0xB0FFUL << 40) | ((ulong)(uint)actor << 32) | (uint)location);
        Mix((ulong)value);
    }

    public void Flushed(int actor, int location) => Mix((0xF1EDUL << 40) | ((ulong)(uint)actor << 32) | (uint)location);

    public void OperationEnded(int actor) => Mix(0xE0D + (ulong)(uint)actor);

    private void Mix(ulong value)
    {
        ulong hash = (Value ^ value) * 1099511628211UL;
        Value = hash ^ (hash >> 29);
    }
}
