using MemCore.Native;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Disturbs a run on real threads: delays before accesses to shared words, slow paths, refusals. The seed decides what and how often.</summary>
/// <remarks>
/// Delays are even in their logarithm and fall on few victims, which change all the time: a race is found when one task is late by much and
/// the others go on, not when all are slow. Plain accesses are never delayed: whoever makes them is alone with the word.
/// A thread that has not <see cref="Enlist"/>ed, such as the coordinator's, runs undisturbed.
/// </remarks>
internal sealed class ChaosHost(ulong seed, ChaosLevel level) : SeamHost
{
    private const double DelayLeastNs = 60;
    private const double YieldingNs = 20_000;
    private const int AccessesPerRole = 1 << 14;

    [ThreadStatic]
    private static Victim? s_self;

    private readonly double _delayMostNs = level == ChaosLevel.High ? 600_000 : 40_000;
    private readonly int _victimOneIn = level == ChaosLevel.High ? 3 : 6;
    private readonly int _meanGap = level == ChaosLevel.High ? 400 : 3000;

    /// <summary>The calling thread is disturbed from now on, by numbers of its own.</summary>
    public void Enlist(TaskId task) => s_self = new Victim { Rng = new Xorshift(seed ^ 0xC4A05, task.Value) };

    public static void Discharge() => s_self = null;

    public override int Access(AccessKind kind, ref int word, int operand, int comparand)
    {
        if (kind is not (AccessKind.PlainLoad or AccessKind.PlainStore)) { Disturb(); }
        return Bare.Apply(kind, ref word, operand, comparand);
    }

    public override long Access(AccessKind kind, ref long word, long operand, long comparand)
    {
        if (kind is not (AccessKind.PlainLoad or AccessKind.PlainStore)) { Disturb(); }
        return Bare.Apply(kind, ref word, operand, comparand);
    }

    public override void SpinWhile(ref int word, int seen, ref int spins) => Metal.SpinWhile(ref word, seen, ref spins);

    public override void Retry(ref int spins) => Metal.Relax(ref spins);

    public override bool Park(ref int word, int expected, int timeoutMs)
    {
        Disturb();
        return Metal.Park(ref word, expected, timeoutMs);
    }

    public override void Wake(ref int word, bool all)
    {
        Disturb();
        Metal.Wake(ref word, all);
    }

    public override int Choose(int count) => s_self?.Rng.Below(count) ?? 0;

    public override bool Fails(FaultPoint point)
    {
        if (s_self is not { } self) { return false; }
        int oneIn = point switch
        {
            FaultPoint.CpuGuardBusy => 64,
            FaultPoint.AllocationRefused => 512,
            FaultPoint.FreezeRefused => 32,
            FaultPoint.MigrationAborted => 32,
            FaultPoint.FolioTryLockRefused => 32,
            FaultPoint.IsolationRefused => 64,
            _ => 8,
        };
        return self.Rng.OneIn(level == ChaosLevel.High ? oneIn : oneIn * 8);
    }

    public override void Note(string text)
    {
    }

    private void Disturb()
    {
        if (s_self is { } self && --self.UntilNext <= 0) { Strike(self); }
    }

    private void Strike(Victim self)
    {
        if (self.RoleLeft <= 0)
        {
            self.RoleLeft = AccessesPerRole;
            self.IsVictim = self.Rng.OneIn(_victimOneIn);
        }
        int gap = 1 + self.Rng.Below(2 * _meanGap);
        self.UntilNext = gap;
        self.RoleLeft -= gap;
        if (self.IsVictim) { Delay(self.Rng.LogUniform(DelayLeastNs, _delayMostNs)); }
    }

    private static void Delay(double ns)
    {
        long began = MonotonicClock.Ticks;
        while (MonotonicClock.NanosecondsSince(began) < ns)
        {
            if (ns > YieldingNs) { Thread.Yield(); }
            else { CpuRelax.Pause(); }
        }
    }

    // Of one thread, so nothing in it is shared.
    private sealed class Victim
    {
        public Xorshift Rng;
        public int UntilNext;
        public int RoleLeft;
        public bool IsVictim;
    }
}
