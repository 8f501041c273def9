using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>The seam calls: replay from the log, or a point, the access, and an entry.</content>
internal sealed partial class Runner
{
    private const byte WideBit = 0x80;
    private const byte SpinCode = 0x20;
    private const byte RetryCode = 0x21;
    private const byte ParkCode = 0x22;
    private const byte WakeCode = 0x23;
    private const byte ChooseCode = 0x24;
    private const byte FenceCode = 0x25;
    private const byte FenceAllCode = 0x26;

    public override int Access(AccessKind kind, ref int word, int operand, int comparand)
    {
        int me = _current;
        if (me < 0) { return Bare.Apply(kind, ref word, operand, comparand); }
        if (_unwinding) { Diverged("a seam call while an actor unwinds: something caught or finalised it"); }
        int location = Locate(ref Unsafe.As<int, byte>(ref word));
        if (_position[me] < _states[me].LogCount) { return (int)Replay(me, location, (byte)kind); }
        if (_watched) { return (int)AccessWatched(me, kind, location, wide: false, operand, comparand); }
        if (kind is not (AccessKind.PlainLoad or AccessKind.PlainStore)) { Point(me); }

        int before = (int)Word(location);
        int after = (int)After(kind, before, operand, comparand);
        int result = kind == AccessKind.Add ? after : before;
        if (after != before) { Write(location, (uint)after); }
        Append(me, location, (byte)kind, result, after);
        Observe(me, location, kind, (uint)result, 0);
        Trace?.Access(me, kind, location, wide: false, before, after, comparand);
        return result;
    }

    public override long Access(AccessKind kind, ref long word, long operand, long comparand)
    {
        int me = _current;
        if (me < 0) { return Bare.Apply(kind, ref word, operand, comparand); }
        if (_unwinding) { Diverged("a seam call while an actor unwinds: something caught or finalised it"); }
        int location = Locate(ref Unsafe.As<long, byte>(ref word));
        if (_position[me] < _states[me].LogCount) { return Replay(me, location, (byte)((byte)kind | WideBit)); }
        if (_watched) { return AccessWatched(me, kind, location, wide: true, operand, comparand); }
        if (kind is not (AccessKind.PlainLoad or AccessKind.PlainStore)) { Point(me); }

        long before = WideWord(location);
        long after = After(kind, before, operand, comparand);
        long result = kind == AccessKind.Add ? after : before;
        if ((uint)after != (uint)before) { Write(location, (uint)after); }
        if (after >> 32 != before >> 32) { Write(location + 1, (uint)(after >> 32)); }
        Append(me, location, (byte)((byte)kind | WideBit), result, after);
        Observe(me, location, kind, (uint)result, (uint)(result >> 32));
        Trace?.Access(me, kind, location, wide: true, before, after, comparand);
        return result;
    }

    public override void SpinWhile(ref int word, int seen, ref int spins)
    {
        int me = _current;
        if (me < 0) { throw new LabException("a check waits for a word that nobody will change"); }
        int location = Locate(ref Unsafe.As<int, byte>(ref word));
        if (_position[me] < _states[me].LogCount)
        {
            Replay(me, location, SpinCode);
            return;
        }
        ref ActorState s = ref _states[me];
        if ((int)Seen(me, location) == seen)
        {
            s.Wait = WaitKind.Spin;
            s.WaitLocation = location;
            s.WaitSeen = seen;
            s.Resumed = false;
            Trace?.Waits(me, WaitKind.Spin, location);
            Switch(me, Decide(me));
        }
        s.Wait = WaitKind.None;
        s.WaitLocation = s.WaitSeen = 0;
        Append(me, location, SpinCode, 0, seen);
        _races?.Waited(me, location);
        s.AttemptStart = s.LogCount;
    }

    public override void Retry(ref int spins)
    {
        int me = _current;
        if (me < 0) { throw new LabException("a check waits for a word that nobody will change"); }
        if (_position[me] < _states[me].LogCount)
        {
            Replay(me, -1, RetryCode);
            return;
        }
        ref ActorState s = ref _states[me];
        s.Wait = WaitKind.Retry;
        if (!AttemptIsOutdated(me, ref s))
        {
            s.Resumed = false;
            Trace?.Waits(me, WaitKind.Retry, -1);
            Switch(me, Decide(me));
        }
        s.Wait = WaitKind.None;
        Append(me, -1, RetryCode, 0, 0);
        s.AttemptStart = s.LogCount;
    }

    public override bool Park(ref int word, int expected, int timeoutMs)
    {
        int me = _current;
        if (me < 0) { throw new LabException("a check sleeps"); }
        int location = Locate(ref Unsafe.As<int, byte>(ref word));
        if (_position[me] < _states[me].LogCount) { return Replay(me, location, ParkCode) != 0; }
        ref ActorState s = ref _states[me];
        if (s.Wait == WaitKind.None)
        {
            Point(me);
            if ((int)Seen(me, location) != expected)
            {
                Append(me, location, ParkCode, 1, expected);
                _races?.Waited(me, location);
                Observe(me, location, AccessKind.Load, 1, 0);
                return true;
            }
            if (_pending is not null) { Drain(me); }
            s.Wait = timeoutMs < 0 ? WaitKind.Sleep : WaitKind.TimedSleep;
            s.WaitLocation = location;
            s.WaitSeen = expected;
            Trace?.Waits(me, s.Wait, location);
            Switch(me, Decide(me));
        }

        // Picked again: woken, or a timed sleep that was picked before anybody woke it.
        bool woken = s.Wait == WaitKind.Woken;
        s.Wait = WaitKind.None;
        s.WaitLocation = s.WaitSeen = 0;
        Append(me, location, ParkCode, woken ? 1 : 0, expected);
        Observe(me, location, AccessKind.Load, woken ? 1u : 0u, 0);
        if (!woken) { Trace?.TimedOut(me, location); }
        return woken;
    }

    public override void Wake(ref int word, bool all)
    {
        int me = _current;
        if (me < 0) { return; }
        int location = Locate(ref Unsafe.As<int, byte>(ref word));
        if (_position[me] < _states[me].LogCount)
        {
            Replay(me, location, WakeCode);
            return;
        }
        Point(me);
        if (_pending is not null) { Drain(me); }
        for (int i = 0; i < _actors; i++)
        {
            ref ActorState s = ref _states[i];
            if (s.Wait is not (WaitKind.Sleep or WaitKind.TimedSleep) || s.WaitLocation != location) { continue; }
            s.Wait = WaitKind.Woken;
            Trace?.Wakes(me, i, location);
            if (!all) { break; }
        }
        Append(me, location, WakeCode, 0, 0);
        Observe(me, location, AccessKind.Store, 0, 0);
    }

    public override int Choose(int count)
    {
        int me = _current;
        if (me < 0 || count <= 1) { return 0; }
        if (_position[me] < _states[me].LogCount) { return (int)Replay(me, -1, ChooseCode); }
        int value = _decider.Choose(me, count);
        if (value < 0)
        {
            End = RunEnd.Pruned;
            _target = NoActor;
            _unwinding = true;
            throw UnwindException.Instance;
        }
        Append(me, -1, ChooseCode, value, 0);
        Observe(me, -1, AccessKind.Load, (uint)value, 0);
        Trace?.Chose(me, value, count);
        return value;
    }

    public override bool Fails(FaultPoint point) => (_faults & (1u << (int)point)) != 0 && Choose(2) == 1;

    public override void Note(string text)
    {
        if (_current >= 0 && _position[_current] >= _states[_current].LogCount) { Trace?.Note(_current, text); }
    }

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

    private long Replay(int me, int location, byte code)
    {
        ref LogEntry e = ref _logs[me][_position[me]++];
        if (e.Location != location || e.Code != code)
        {
            string now = $"{DescribeCode(code)} {DescribeLocation(location)}";
            string then = $"{DescribeCode(e.Code)} {DescribeLocation(e.Location)}";
            string what = _programs[me][_states[me].Operation].Name;
            Diverged($"{what} of {_model.Actors[me].Name} is not deterministic: first {then}, on the re-run {now}");
        }
        return e.Result;
    }

    private void Append(int me, int location, byte code, long result, long after)
    {
        ref ActorState s = ref _states[me];
        LogEntry[] log = _logs[me];
        if (s.LogCount == log.Length)
        {
            Array.Resize(ref log, log.Length * 2);
            _logs[me] = log;
        }
        log[s.LogCount++] = new LogEntry { Location = location, Code = code, Result = result, After = after };
        _position[me] = s.LogCount;
        Steps++;
    }

    private static string DescribeCode(byte code) => (byte)(code & ~WideBit) switch
    {
        SpinCode => "spin on",
        RetryCode => "retry",
        ParkCode => "park on",
        WakeCode => "wake",
        ChooseCode => "choice",
        FenceCode or FenceAllCode => "fence",
        byte kind => ((AccessKind)kind).ToString(),
    };
}
