using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Tests.Migration;

/// <summary>Section 5.7, flag by flag: what the destination gets and what the source keeps.</summary>
public class FlagTransferTests
{
    [Theory]
    [InlineData(PageFlags.Referenced, true, true)]
    [InlineData(PageFlags.Uptodate, true, true)]
    [InlineData(PageFlags.Dirty, true, true)]
    [InlineData(PageFlags.Workingset, true, true)]
    [InlineData(PageFlags.Young, true, true)]
    [InlineData(PageFlags.Idle, true, true)]
    [InlineData(PageFlags.Reclaim, true, true)]
    [InlineData(PageFlags.Active, true, false)]
    [InlineData(PageFlags.Unevictable, true, false)]
    [InlineData(PageFlags.Mlocked, false, true)]
    [InlineData(PageFlags.Locked, false, true)]
    [InlineData(PageFlags.Waiters, false, true)]
    [InlineData(PageFlags.Lru, false, true)]
    [InlineData(PageFlags.Head, false, true)]
    [InlineData(PageFlags.HwPoison, false, true)]
    [InlineData(PageFlags.Arch1, false, true)]
    [InlineData(PageFlags.Private2, false, true)]
    public void FlagGoesAlongOrStays(PageFlags flag, bool atTarget, bool atSource)
    {
        foreach (bool anon in (ReadOnlySpan<bool>)[true, false]) { Check(flag, anon, atTarget, atSource); }
    }

    [Theory]
    [InlineData(PageFlags.OwnerPriv1)]
    [InlineData(PageFlags.Owner2)]
    public void FlagsOfTheFileGoAlongWithFilesOnly(PageFlags flag)
    {
        Check(flag, anon: false, atTarget: true, atSource: true);
        Check(flag, anon: true, atTarget: false, atSource: true);
    }

    [Fact]
    public void BothActiveAndUnevictableIsAContradiction()
    {
        using MigrationRig rig = new();
        BugException bug = Assert.Throws<BugException>(() => Transfer(rig, PageFlags.Active | PageFlags.Unevictable, anon: true));
        Assert.Equal(ViolationKind.FlagContradiction, bug.Kind);
    }

    private static void Check(PageFlags flag, bool anon, bool atTarget, bool atSource)
    {
        using MigrationRig rig = new();
        (Pfn source, Pfn target) = Transfer(rig, flag, anon);
        Assert.Equal(atTarget ? flag : PageFlags.None, rig.FlagsOf(target));
        Assert.Equal(atSource ? flag : PageFlags.None, rig.FlagsOf(source));
        Assert.Equal(0, rig.Machine.Frames.PrivateLocked(source));
    }

    private static (Pfn Source, Pfn Target) Transfer(MigrationRig rig, PageFlags flags, bool anon)
    {
        FrameTable frames = rig.Machine.Frames;
        (Pfn source, Pfn target) = (new Pfn(8), new Pfn(9));
        frames.Flags(source).Set(flags);
        frames.SetPrivateLocked(source, 123);
        frames.Mapping(source).SetLocked(MappingWord.Make(1, anon ? MappingTag.Anon : MappingTag.File));
        new FolioMigration(rig.Machine.Base, rig.Machine.Caches, rig.Machine.Contents).TransferFlags(source, target, anon);
        return (source, target);
    }
}
