using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Audit;

/// <summary>The look at one folio while tasks run: what it may say, and that it leaves nothing behind.</summary>
public sealed class SampleTests : IDisposable
{
    private readonly AuditRig _rig = new();

    private Machine Machine => _rig.Machine;

    [Fact]
    public void ALookLeavesNothingBehind()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 0);
        Assert.Null(Look(pfn));
        Assert.Null(Look(new Pfn(AuditRig.FrameCount - 1)));
        Assert.Equal(1, Machine.Frames.Ref(pfn).CountUnsafe);
        _rig.AssertClean();
    }

    [Fact]
    public void AFolioThatIsLockedIsLeftAlone()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 0);
        Machine.Frames.Flags(pfn).Set(PageFlags.Active | PageFlags.Unevictable);
        Assert.True(Machine.Locks.TryLock(AuditRig.Me, pfn));
        Assert.Null(Look(pfn));
        Machine.Locks.Unlock(AuditRig.Me, pfn);
        AssertFinds(Look(pfn), Invariant.ActiveOrUnevictable, ViolationKind.FlagContradiction, "active and unevictable");
    }

    [Fact]
    public void FewerReferencesThanMappingsAreNamed()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 0);
        Machine.Frames.Map(pfn).Add(2);
        AssertFinds(Look(pfn), Invariant.CountCoversMappings, ViolationKind.RefMissing, "refcount 2, and it stays below mapping 3, cache 0");
    }

    [Fact]
    public void AMappingThatNamesNobodyIsNamed()
    {
        Pfn pfn = _rig.Write(_rig.NewMm(), 0);
        Machine.Frames.Mapping(pfn).SetLocked(2);
        AssertFinds(Look(pfn), Invariant.EntryMatchesFolio, ViolationKind.CacheMismatch, "mapping 0x2 names nobody");
    }

    [Fact]
    public void ATailThatGivesReferencesIsNamed()
    {
        Pfn head = Machine.Allocator.AllocateFolio(AuditRig.Me, 2, MigrateType.Movable);
        Machine.Frames.AtRest.RefCount[head.Value + 1] = 1;
        AssertFinds(Look(head + 1), Invariant.TailNamesHead, ViolationKind.BrokenCompound, "a tail gave a reference");
    }

    [Fact]
    public void AFreeFrameThatGivesReferencesIsNamed()
    {
        Machine.Frames.AtRest.RefCount[77] = 2;
        AssertFinds(Look(new Pfn(77)), Invariant.HeldIsAlive, ViolationKind.UseAfterFree, "a free frame gave a reference");
    }

    public void Dispose() => _rig.Dispose();

    private AuditFinding? Look(Pfn pfn) => _rig.Audit.Sample(new TaskId(1), pfn);

    private static void AssertFinds(AuditFinding? found, string invariant, ViolationKind kind, string text)
    {
        Assert.NotNull(found);
        Assert.Equal((invariant, kind), (found.Invariant, found.Kind));
        Assert.Contains(text, found.Text, StringComparison.Ordinal);
    }
}
