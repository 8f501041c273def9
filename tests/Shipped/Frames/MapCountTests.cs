using CsCheck;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Frames;

public sealed class MapCountTests
{
    [Fact]
    public void TheFirstMappingAndTheLastUnmappingSaySo()
    {
        int word = MapCount.Idle;
        Assert.True(new MapCount(ref word).Add());
        Assert.False(new MapCount(ref word).Add(3));
        Assert.Equal(4, new MapCount(ref word).Count);
        Assert.False(new MapCount(ref word).Remove(3));
        Assert.True(new MapCount(ref word).Remove());
        Assert.True(new MapCount(ref word).IsIdle);
    }

    [Fact]
    public void ATypedPageIsNotMapped()
    {
        int word = MapCount.Idle;
        foreach (PageType type in Enum.GetValues<PageType>())
        {
            new MapCount(ref word).SetType(type);
            Assert.Equal(type, new MapCount(ref word).Type);
            Assert.Equal(0, new MapCount(ref word).Count);
        }
        new MapCount(ref word).SetType(PageType.Slab);
        Assert.Equal(0xf5u, (uint)word >> 24);
        Assert.Throws<BugException>(() => new MapCount(ref word).Add());
    }

    [Fact]
    public void AMappingThatIsNotThereCannotBeRemoved()
    {
        int word = MapCount.Idle;
        Assert.Equal(ViolationKind.RefUnderflow, Assert.Throws<BugException>(() => new MapCount(ref word).Remove()).Kind);
    }

    [Fact]
    public void CountsUpToMillionsAreNoTypes() => Gen.Int[0, 1 << 28].Sample(count =>
    {
        int word = 0;
        new MapCount(ref word).SetPlain(count);
        return MapCount.CountOf(word) == count && MapCount.TypeOf(word) == PageType.None && (count == 0) == (word == MapCount.Idle);
    });

    [Fact]
    public void CompoundWordsTellHeadsTailsAndOrders()
    {
        Assert.All(Enumerable.Range(0, FrameTable.MaxOrder + 1), order =>
        {
            Assert.False(CompoundWord.IsTail(CompoundWord.Head(order)));
            Assert.Equal(order, CompoundWord.OrderOf(CompoundWord.Head(order)));
        });
        Assert.Equal(0u, CompoundWord.Head(0));
        Gen.Int[0, int.MaxValue].Sample(pfn => CompoundWord.IsTail(CompoundWord.Tail(new Pfn(pfn)))
            && CompoundWord.HeadOf(CompoundWord.Tail(new Pfn(pfn))) == new Pfn(pfn) && CompoundWord.OrderOf(CompoundWord.Tail(new Pfn(pfn))) == 0);
    }

    [Fact]
    public void MappingWordsKeepOwnerAndTagApart()
    {
        Gen.Long[0, 1L << 60].Sample(owner => new[] { MappingTag.File, MappingTag.Anon, MappingTag.Ksm }.All(tag =>
        {
            long raw = MappingWord.Make(owner, tag);
            return MappingWord.OwnerOf(raw) == owner && MappingWord.TagOf(raw) == tag && MappingWord.IsAnon(raw) == (tag != MappingTag.File);
        }));
        long word = 0;
        new MappingWord(ref word).SetLocked(MappingWord.Make(5, MappingTag.Anon));
        Assert.Equal(21, new MappingWord(ref word).Raw);
    }
}
