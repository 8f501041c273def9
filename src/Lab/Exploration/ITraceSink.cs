using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Told what happens in a run that is printed.</summary>
internal interface ITraceSink
{
    void Access(int actor, AccessKind kind, int location, bool wide, long before, long after, long comparand);

    /// <summary>A store went into the buffer of its actor.</summary>
    void Buffered(int actor, int location, bool wide, long value)
    {
    }

    /// <summary>The oldest store of an actor's buffer went to memory.</summary>
    void Flushed(int actor, int location, bool wide, long before, long after)
    {
    }

    void Waits(int actor, WaitKind kind, int location);

    void Wakes(int actor, int sleeper, int location);

    void TimedOut(int actor, int location);

    void Chose(int actor, int value, int count);

    void Note(int actor, string text);

    void OperationEnded(int actor);
}
