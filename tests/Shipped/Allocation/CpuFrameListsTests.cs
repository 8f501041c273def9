using MemCore.Allocation;
using MemCore.Primitives;

namespace MemCore.Tests.Allocation;

public sealed class CpuFrameListsTests
{
    [Fact]
    public void AFrameThatIsListedTwiceIsReportedByItsNumber()
    {
        using Arena arena = new(1 << 20);
        AllocatorOptions options = new();
        CpuFrameLists lists = new(arena, new SharedFrames(arena, frames: 512, options), cpus: 1, options.ListCapacity);
        CpuId cpu = new(0);
        Assert.True(lists.PushLocked(cpu, new Pfn(0x4a)).IsNone);
        BugException bug = Assert.Throws<BugException>(() => lists.TryPushLocked(cpu, new Pfn(0x4a)));
        Assert.Equal(ViolationKind.DoubleFree, bug.Kind);
        Assert.Contains("(pfn 0x4a)", bug.Message, StringComparison.Ordinal);
    }
}
