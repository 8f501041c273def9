using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Told what happens in a run that is printed.</summary>
internal interface ITraceSink
{
    void Access(int actor, AccessKind kind, int location, bool wide, long before, long after, long comparand);

    void Waits(int actor, WaitKind kind, int location);

    void Wakes(int actor, int sleeper, int location);

    void TimedOut(int actor, int location);

    void Chose(int actor, int value, int count);

    void Note(int actor, string text);

    void OperationEnded(int actor);
}
