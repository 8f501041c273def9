using System.Runtime.CompilerServices;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>The seam calls: replay from the log, or a point, the access, and an entry.</content>
internal partial class Runner
{
    /// <summary>Values that one choice may have: a search keeps those that are left in the bits of a word.</summary>
    public const int ChoicesMax = 32;

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
        if (me < 0) { return (int)AccessAtRest(kind, Locate(ref Unsafe.As<int, byte>(ref word)), wide: false); }
        if (_unwinding) { CalledWhileUnwinding(); }
        int location = Locate(ref Unsafe.As<int, byte>(ref word));
        if (_position[me] < _states[me].LogCount) { return (int)Replay(me, location, (byte)kind); }
        if (_indirect) { return (int)AccessWatched(me, kind, location, wide: false, operand, comparand); }
        Learn(me, StepCode.Access, kind, location, operand, comparand);
        if (kind is not (AccessKind.PlainLoad or AccessKind.PlainStore)) { Point(me); }
        return Perform(me, kind, location, operand, comparand);
    }

    public override long Access(AccessKind kind, ref long word, long operand, long comparand)
    {
        int me = _current;
        if (me < 0) { return AccessAtRest(kind, Locate(ref Unsafe.As<long, byte>(ref word)), wide: true); }
        if (_unwinding) { CalledWhileUnwinding(); }
        int location = Locate(ref Unsafe.As<long, byte>(ref word));
        if (_position[me] < _states[me].LogCount) { return Replay(me, location, (byte)((byte)kind | WideBit)); }
        if (_indirect) { return AccessWatched(me, kind, location, wide: true, operand, comparand); }
        Learn(me, StepCode.WideAccess, kind, location, operand, comparand);
        if (kind is not (AccessKind.PlainLoad or AccessKind.PlainStore)) { Point(me); }
        return PerformWide(me, kind, location, operand, comparand);
    }

    public override void SpinWhile(ref int word, int seen, ref int spins)
    {
        int me = _current;
        if (me < 0) { throw new LabException("a check waits for a word that nobody will change"); }
        if (_unwinding) { CalledWhileUnwinding(); }
        int location = Locate(ref Unsafe.As<int, byte>(ref word));
        if (_position[me] < _states[me].LogCount)
        {
            Replay(me, location, SpinCode);
            return;
        }
        Learn(me, StepCode.Spin, 0, location, seen, 0);
        if (MustSpin(me, location, seen)) { Switch(me, Decide(me)); }
        EndSpin(me, location, seen);
    }

    public override void Retry(ref int spins)
    {
        int me = _current;
        if (me < 0) { throw new LabException("a check waits for a word that nobody will change"); }
        if (_unwinding) { CalledWhileUnwinding(); }
        if (_position[me] < _states[me].LogCount)
        {
            Replay(me, -1, RetryCode);
            return;
        }
        Learn(me, StepCode.Retry, 0, -1, 0, 0);
        if (MustRetry(me)) { Switch(me, Decide(me)); }
        EndRetry(me);
    }

    public override bool Park(ref int word, int expected, int timeoutMs)
    {
        int me = _current;
        if (me < 0) { throw new LabException("a check sleeps"); }
        if (_unwinding) { CalledWhileUnwinding(); }
        int location = Locate(ref Unsafe.As<int, byte>(ref word));
        if (_position[me] < _states[me].LogCount) { return Replay(me, location, ParkCode) != 0; }
        Learn(me, StepCode.Park, 0, location, expected, timeoutMs);
        if (_states[me].Wait == WaitKind.None)
        {
            Point(me);
            if (!FallsAsleep(me, location, expected, timeoutMs)) { return true; }
            Switch(me, Decide(me));
        }
        return EndSleep(me, location, expected);
    }

    public override void Wake(ref int word, bool all)
    {
        int me = _current;
        if (me < 0) { return; }
        if (_unwinding) { CalledWhileUnwinding(); }
        int location = Locate(ref Unsafe.As<int, byte>(ref word));
        if (_position[me] < _states[me].LogCount)
        {
            Replay(me, location, WakeCode);
            return;
        }
        Learn(me, StepCode.Wake, 0, location, all ? 1 : 0, 0);
        Point(me);
        WakeSleepers(me, location, all);
    }

    public override int Choose(int count)
    {
        int me = _current;
        if (me < 0 || count <= 1) { return 0; }
        if (_unwinding) { CalledWhileUnwinding(); }
        if (count > ChoicesMax) { throw new LabException($"a choice of {count} values: {ChoicesMax} are possible"); }
        if (_position[me] < _states[me].LogCount) { return (int)Replay(me, -1, ChooseCode); }
        Learn(me, StepCode.Choose, 0, -1, count, 0);
        int value = _decider.Choose(me, count);
        if (value < 0)
        {
            End = RunEnd.Pruned;
            Unwind();
        }
        EndChoice(me, value, count);
        return value;
    }

    public override bool Fails(FaultPoint point) => (_faults & (1u << (int)point)) != 0 && Choose(2) == 1;

    public override void Note(string text)
    {
        if (_current >= 0 && _position[_current] >= _states[_current].LogCount) { Trace?.Note(_current, text); }
    }
}
