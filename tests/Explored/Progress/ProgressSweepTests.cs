using MemCore.Lab.Exploration;
using MemCore.Lab.Progress;
using MemCore.Primitives;
using MemCore.Tests.Exploration;

namespace MemCore.Tests.Progress;

/// <summary>Wrong declarations of each kind are caught, right ones are not.</summary>
public class ProgressSweepTests
{
    private static readonly ProgressGuarantee s_wait = ProgressGuarantee.BlockingOn("the owner");

    [Fact]
    public void ALockThatIsDeclaredBlockingBlocks()
    {
        SweepResult result = Sweep(s_wait, LockUnlock);
        Assert.Empty(result.Mismatches);
        Assert.True(result.Operations.All(o => o.IsBlocked));
        Assert.Equal(["w"], result.Operations[0].Words);
    }

    [Fact]
    public void ALockThatIsDeclaredLockFreeIsCaughtWithWhoHoldsWhat()
    {
        string mismatch = Sweep(ProgressGuarantee.LockFree, LockUnlock).Mismatches.First();
        Assert.Contains("declared lock-free, but B in B's, step", mismatch, StringComparison.Ordinal);
        Assert.Contains("waits for w[0]", mismatch, StringComparison.Ordinal);
    }

    [Fact]
    public void ALockThatIsDeclaredObstructionFreeIsCaught() =>
        Assert.Contains("left alone by", Sweep(ProgressGuarantee.ObstructionFree, LockUnlock).Mismatches.First(), StringComparison.Ordinal);

    [Fact]
    public void ABlockingOperationThatNobodyBlocksIsCaught() =>
        Assert.Contains("nobody who is stopped blocks it", Sweep(s_wait, Add).Mismatches.First(), StringComparison.Ordinal);

    [Fact]
    public void AWaitFreeOperationIsHeldToItsBound()
    {
        Assert.Empty(Sweep(ProgressGuarantee.WaitFree(1), Add).Mismatches);
        Assert.Contains("but took 3 steps", Sweep(ProgressGuarantee.WaitFree(2), Increment).Mismatches.First(), StringComparison.Ordinal);
    }

    [Fact]
    public void ABoundFarAboveWhatHappensIsCaught() =>
        Assert.Contains("never took more than 1 steps", Sweep(ProgressGuarantee.WaitFree(3), Add).Mismatches.First(), StringComparison.Ordinal);

    [Fact]
    public void ARetryLoopIsLockFreeAndItsStepsGrowWithTheOthers()
    {
        SweepResult two = Sweep(ProgressGuarantee.LockFree, Increment);
        SweepResult three = Sweep(ProgressGuarantee.LockFree, Increment, actors: 3);
        Assert.Empty(two.Mismatches);
        Assert.Empty(three.Mismatches);
        Assert.Equal(3, two.Operations.Max(o => o.StepsMax)); // a load, an attempt that fails, one that does not
        Assert.Equal(4, three.Operations.Max(o => o.StepsMax));
    }

    [Fact]
    public void TwoThatGiveWayToEachOtherAreObstructionFreeAtMost()
    {
        Assert.Empty(Sweep(ProgressGuarantee.ObstructionFree, GiveUp).Mismatches);
        Assert.NotEmpty(Sweep(ProgressGuarantee.ObstructionFree, LockUnlock).Mismatches);
    }

    [Fact]
    public void AStoppedTaskThatBreaksAnInvariantWhenItGoesOnIsCaught()
    {
        SweepResult result = Sweep(ProgressGuarantee.WaitFree(2), w =>
        {
            int seen = Atomic.Load(ref w[0]);
            Bug.If(seen > 0 && Atomic.Load(ref w[0]) != seen, ViolationKind.StaleRead, "changed in between");
            Atomic.Store(ref w[0], seen + 1);
        }, actors: 3);
        Assert.Contains(result.Failures, f => f.Contains("let go, StaleRead", StringComparison.Ordinal));
    }

    [Fact]
    public void StopsAreTriedInAllStatesOrInThoseWithFewPreemptions()
    {
        SweepResult all = Sweep(ProgressGuarantee.LockFree, Increment, actors: 3);
        using LoopModel model = Model(ProgressGuarantee.LockFree, Increment, 3);
        SweepResult few = new ProgressSweep(model, 0, () => false).Run("few");
        Assert.True(few.States < all.States);
        Assert.True(all.Complete && few.Complete);
        Assert.Equal(["few, schedules<=0"], few.Operations[0].Machines);
    }

    private static SweepResult Sweep(ProgressGuarantee declared, LoopModel.Body body, int actors = 2)
    {
        using LoopModel model = Model(declared, body, actors);
        return new ProgressSweep(model, -1, () => false).Run("machine");
    }

    private static LoopModel Model(ProgressGuarantee declared, LoopModel.Body body, int actors)
    {
        LoopModel model = new();
        for (int a = 0; a < actors; a++) { model.Once(((char)('A' + a)).ToString(), body, declared); }
        return model;
    }

    private static void LockUnlock(Column<int> w)
    {
        LoopModel.Lock(ref w[0]);
        Atomic.Store(ref w[0], 0);
    }

    private static void Add(Column<int> w) => Atomic.Add(ref w[0], 1);

    private static void Increment(Column<int> w)
    {
        int seen = Atomic.Load(ref w[0]);
        int now;
        while ((now = Atomic.CompareExchange(ref w[0], seen + 1, seen)) != seen) { seen = now; }
    }

    // Takes the word or gives way; tries again only when the word was given back.
    private static void GiveUp(Column<int> w)
    {
        if (Atomic.CompareExchange(ref w[0], 1, 0) == 0) { Atomic.Store(ref w[0], 0); }
    }
}
