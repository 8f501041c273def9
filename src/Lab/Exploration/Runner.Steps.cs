using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>What a step does to memory, log, observations and waits, whoever asks for it: the operation itself, or what is known of it.</content>
internal partial class Runner
{
    private int Perform(int me, AccessKind kind, int location, int operand, int comparand)
    {
        int before = (int)Word(location);
        int after = before;
        if (kind is not (AccessKind.Load or AccessKind.PlainLoad))
        {
            after = (int)After(kind, before, operand, comparand);
            if (after != before) { Write(location, (uint)after); }
        }
        int result = kind == AccessKind.Add ? after : before;
        Append(me, location, (byte)kind, IsStore(kind) ? 0 : result, after);
        Observe(me, location, kind, (uint)result, 0);
        Trace?.Access(me, kind, location, wide: false, before, after, comparand);
        return result;
    }

    private long PerformWide(int me, AccessKind kind, int location, long operand, long comparand)
    {
        long before = WideWord(location);
        long after = before;
        if (kind is not (AccessKind.Load or AccessKind.PlainLoad))
        {
            after = After(kind, before, operand, comparand);
            if ((uint)after != (uint)before) { Write(location, (uint)after); }
            if (after >> 32 != before >> 32) { Write(location + 1, (uint)(after >> 32)); }
        }
        long result = kind == AccessKind.Add ? after : before;
        Append(me, location, (byte)((byte)kind | WideBit), IsStore(kind) ? 0 : result, after);
        Observe(me, location, kind, (uint)result, (uint)(result >> 32));
        ObserveUpper(me, location, kind, (uint)(result >> 32));
        Trace?.Access(me, kind, location, wide: true, before, after, comparand);
        return result;
    }

    /// <summary>True: the word is still what was seen, and the actor waits for it to change.</summary>
    private bool MustSpin(int me, int location, int seen)
    {
        if ((int)Seen(me, location) != seen) { return false; }
        WaitFor(me, WaitKind.Spin, location, seen);
        _states[me].Resumed = false;
        Trace?.Waits(me, WaitKind.Spin, location);
        return true;
    }

    private void EndSpin(int me, int location, int seen)
    {
        EndWait(me);
        Append(me, location, SpinCode, 0, seen);
        Trace?.Passes(me, WaitKind.Spin, location);
        _races?.Waited(me, location);
        _states[me].AttemptStart = _states[me].LogCount;
        if (_waited is not null) { Fold(me); }
    }

    /// <summary>True: nothing that the attempt read has changed, and the actor waits until something does.</summary>
    private bool MustRetry(int me)
    {
        if (AttemptIsOutdated(me, ref _states[me])) { return false; }
        WaitFor(me, WaitKind.Retry, 0, 0);
        _states[me].Resumed = false;
        Trace?.Waits(me, WaitKind.Retry, -1);
        return true;
    }

    private void EndRetry(int me)
    {
        EndWait(me);
        Trace?.Passes(me, WaitKind.Retry, -1);
        Append(me, -1, RetryCode, 0, 0);
        _states[me].AttemptStart = _states[me].LogCount;
        if (_waited is not null) { Fold(me); }
    }

    /// <summary>The step that looks at the word. False: it is not what was expected, and there is no sleep.</summary>
    private bool FallsAsleep(int me, int location, int expected, int timeoutMs)
    {
        if ((int)Seen(me, location) != expected)
        {
            Append(me, location, ParkCode, 1, expected);
            Trace?.Passes(me, WaitKind.Sleep, location);
            _races?.Waited(me, location);
            Observe(me, location, AccessKind.Load, 1, 0);
            if (_waited is not null) { Fold(me); }
            return false;
        }
        if (_pending is not null) { Drain(me); }
        WaitFor(me, timeoutMs < 0 ? WaitKind.Sleep : WaitKind.TimedSleep, location, expected);
        Trace?.Waits(me, _states[me].Wait, location);
        return true;
    }

    /// <summary>Picked again: woken, or a timed sleep that was picked before anybody woke it.</summary>
    private bool EndSleep(int me, int location, int expected)
    {
        bool woken = _states[me].Wait == WaitKind.Woken;
        EndWait(me);
        Append(me, location, ParkCode, woken ? 1 : 0, expected);
        Observe(me, location, AccessKind.Load, woken ? 1u : 0u, 0);
        if (_waited is not null) { Fold(me); }
        if (!woken) { Trace?.TimedOut(me, location); }
        return woken;
    }

    private void WakeSleepers(int me, int location, bool all)
    {
        if (_pending is not null) { Drain(me); }
        for (int i = 0; i < _actors; i++)
        {
            ref ActorState s = ref _states[i];
            if (s.Wait is not (WaitKind.Sleep or WaitKind.TimedSleep) || s.WaitLocation != location) { continue; }
            s.Wait = WaitKind.Woken;
            s.PartIsStale = true;
            Trace?.Wakes(me, i, location);
            if (!all) { break; }
        }
        Trace?.WakeEnds(me, location);
        Append(me, location, WakeCode, 0, 0);
        Observe(me, location, AccessKind.Store, 0, 0);
    }

    private void EndChoice(int me, int value, int count)
    {
        Append(me, -1, ChooseCode, value, 0);
        Observe(me, -1, AccessKind.Load, (uint)value, 0);
        Trace?.Chose(me, value, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsStore(AccessKind kind) => kind is AccessKind.Store or AccessKind.PlainStore;

    // What the word holds after the access. Add alone answers with it; everything else with what was there.
    private static long After(AccessKind kind, long before, long operand, long comparand) => kind switch
    {
        AccessKind.Load or AccessKind.PlainLoad => before,
        AccessKind.Store or AccessKind.PlainStore or AccessKind.Exchange => operand,
        AccessKind.CompareExchange => before == comparand ? operand : before,
        AccessKind.Add => before + operand,
        AccessKind.Or => before | operand,
        AccessKind.And => before & operand,
        _ => throw new LabException($"unknown access {kind}"),
    };

    private void Append(int me, int location, byte code, long result, long after)
    {
        ref ActorState s = ref _states[me];
        LogEntry[] log = _logs[me];
        int at = s.LogCount;
        if ((uint)at >= (uint)log.Length) { log = GrowLog(me); }
        ref LogEntry entry = ref log[at];
        entry.Location = location;
        entry.Code = code;
        entry.Result = result;
        entry.After = after;
        s.LogCount = at + 1;
        s.PartIsStale = true;
        if (_tree is { } tree) { s.Node = tree.Next(s.Node, result); }
        _position[me] = at + 1;
        Steps++;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private LogEntry[] GrowLog(int me)
    {
        Array.Resize(ref _logs[me], _logs[me].Length * 2);
        return _logs[me];
    }
}
