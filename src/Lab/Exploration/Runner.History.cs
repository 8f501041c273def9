using System.Runtime.CompilerServices;
using MemCore.Lab.Histories;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>What is recorded of a model that has a history: the beginnings and ends of its operations, told by the steps that are executed.</content>
internal partial class Runner
{
    private ITraceSink? _trace;

    /// <summary>Told of each step while a run is printed; null while searching, but for the recorder of a model's history.</summary>
    public ITraceSink? Trace
    {
        get => _trace;
        set => _trace = _model.History is { } history ? new HistorySink(this, history, value) : value;
    }

    private void Record(ref int word, int value) => Write(Locate(ref Unsafe.As<int, byte>(ref word)), (uint)value);

    /// <summary>Notes beginnings and ends, and passes everything on.</summary>
    private sealed class HistorySink(Runner runner, HistoryRecorder history, ITraceSink? next) : ITraceSink
    {
        private readonly RecordWord _record = runner.Record;

        public void Access(int actor, AccessKind kind, int location, bool wide, long before, long after, long comparand)
        {
            // A plain access belongs to the step before it: an operation that starts with one has not begun to matter to others.
            if (kind is not (AccessKind.PlainLoad or AccessKind.PlainStore)) { Began(actor); }
            next?.Access(actor, kind, location, wide, before, after, comparand);
        }

        public void Buffered(int actor, int location, bool wide, long value)
        {
            Began(actor);
            next?.Buffered(actor, location, wide, value);
        }

        public void Flushed(int actor, int location, bool wide, long before, long after) => next?.Flushed(actor, location, wide, before, after);

        public void Passes(int actor, WaitKind kind, int location) => next?.Passes(actor, kind, location);

        public void WakeEnds(int actor, int location) => next?.WakeEnds(actor, location);

        public void Waits(int actor, WaitKind kind, int location)
        {
            Began(actor);
            next?.Waits(actor, kind, location);
        }

        public void Wakes(int actor, int sleeper, int location)
        {
            Began(actor);
            next?.Wakes(actor, sleeper, location);
        }

        public void TimedOut(int actor, int location) => next?.TimedOut(actor, location);

        public void Chose(int actor, int value, int count) => next?.Chose(actor, value, count);

        public void Note(int actor, string text) => next?.Note(actor, text);

        public void OperationEnded(int actor)
        {
            if (SlotOf(actor, runner._states[actor].Operation - 1) is { } slot) { history.Ended(slot, _record); }
            next?.OperationEnded(actor);
        }

        private void Began(int actor)
        {
            if (SlotOf(actor, runner._states[actor].Operation) is { } slot) { history.Began(slot, _record); }
        }

        private int? SlotOf(int actor, int operation) => (runner._programs[actor][operation] as RecordedOperation)?.Slot;
    }
}
