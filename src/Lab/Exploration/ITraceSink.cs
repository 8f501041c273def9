using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Told what happens in a run that is printed.</summary>
internal interface ITraceSink
{
    /// <summary>True: notes and ends of operations may be left out, so that known steps need no operation to run.</summary>
    bool AccessesOnly => false;

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

    /// <summary>The test of a wait lets the actor go on: a spin or retry that is over, a park that found another value.</summary>
    void Passes(int actor, WaitKind kind, int location)
    {
    }

    void Wakes(int actor, int sleeper, int location);

    /// <summary>A wake was performed, whoever slept.</summary>
    void WakeEnds(int actor, int location)
    {
    }

    void TimedOut(int actor, int location);

    void Chose(int actor, int value, int count);

    void Note(int actor, string text);

    void OperationEnded(int actor);
}
