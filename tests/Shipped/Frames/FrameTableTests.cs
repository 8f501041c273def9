using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Frames;

public sealed class FrameTableTests : IDisposable
{
    private readonly Arena _arena = new(1 << 20);
    private readonly FrameTable _table;

    public FrameTableTests() => _table = new FrameTable(_arena, 64);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void FreshFramesAreUnmappedUnreferencedAndFree()
    {
        for (int i = 0; i < _table.Frames; i++)
        {
            Pfn pfn = new(i);
            Assert.True(_table.Map(pfn).IsIdle);
            Assert.Equal(0, _table.Ref(pfn).CountUnsafe);
            Assert.Equal(PageFlags.None, _table.Flags(pfn).Read());
            Assert.False(FrameTable.IsAllocated(_table.Generation(pfn)));
            Assert.Equal(pfn, _table.HeadOf(pfn));
        }
    }

    [Fact]
    public void EveryFrameOfAFolioKnowsItsHead()
    {
        Pfn head = new(16);
        _table.MakeCompound(head, order: 3);
        Assert.True(_table.Flags(head).Has(PageFlags.Head));
        Assert.Equal(3, _table.OrderOf(head));
        for (int i = 0; i < 8; i++) { Assert.Equal(head, _table.HeadOf(head + i)); }
        Assert.Equal(head + 8, _table.HeadOf(head + 8));
        Assert.Equal(head + -1, _table.HeadOf(head + -1));
        _table.BreakCompound(head, order: 3);
        for (int i = 0; i < 8; i++) { Assert.Equal(head + i, _table.HeadOf(head + i)); }
        Assert.Equal(PageFlags.None, _table.Flags(head).Read());
    }

    [Fact]
    public void AFolioOfOneFrameHasNoCompoundWord()
    {
        _table.MakeCompound(new Pfn(5), order: 0);
        Assert.Equal(0u, _table.Compound(new Pfn(5)).Raw);
        Assert.False(_table.Flags(new Pfn(5)).Has(PageFlags.Head));
    }

    [Fact]
    public void AHandleOutlivesItsFolioAndTells()
    {
        Pfn pfn = new(9);
        _table.BeginLife(pfn);
        FolioHandle handle = _table.Handle(pfn);
        Assert.True(_table.IsSameLife(handle));
        _table.VerifyAlive(handle);
        _table.EndLife(pfn);
        Assert.Equal(ViolationKind.UseAfterFree, Assert.Throws<BugException>(() => _table.VerifyAlive(handle)).Kind);
        _table.BeginLife(pfn);
        Assert.False(_table.IsSameLife(handle));
        Assert.Contains("0x9", Assert.Throws<BugException>(() => _table.VerifyAlive(handle)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NoFrameIsAllocatedOrFreedTwice()
    {
        Pfn pfn = new(2);
        Assert.Equal(ViolationKind.DoubleFree, Assert.Throws<BugException>(() => _table.EndLife(pfn)).Kind);
        _table.BeginLife(pfn);
        Assert.Equal(ViolationKind.DoubleAllocation, Assert.Throws<BugException>(() => _table.BeginLife(pfn)).Kind);
        _table.EndLife(pfn);
        Assert.Equal(ViolationKind.DoubleFree, Assert.Throws<BugException>(() => _table.EndLife(pfn)).Kind);
    }

    [Fact]
    public void FramesOutsideTheTableAreABug()
    {
        Assert.Throws<BugException>(() => _table.Flags(new Pfn(64)).Read());
        Assert.Throws<BugException>(() => _table.Ref(Pfn.None).TryGet());
    }

    [Fact]
    public void TheOwnersWordsBelongToTheirFrame()
    {
        _table.SetIndexLocked(new Pfn(1), 77);
        _table.SetPrivateLocked(new Pfn(2), -5);
        Assert.Equal((77, 0), (_table.IndexLocked(new Pfn(1)), _table.PrivateLocked(new Pfn(1))));
        Assert.Equal((0, -5), (_table.IndexLocked(new Pfn(2)), _table.PrivateLocked(new Pfn(2))));
        Assert.Equal(77, _table.AtRest.Index[1]);
    }

    [Fact]
    public void TheDumpNamesFlagsCountsAndTheHead()
    {
        Pfn head = new(16);
        _table.BeginLife(head);
        _table.Ref(head).Publish(2);
        _table.MakeCompound(head, order: 2);
        _table.Flags(head).Set(PageFlags.Locked | PageFlags.Dirty | PageFlags.Waiters);
        _table.Mapping(head).SetLocked(MappingWord.Make(3, MappingTag.Anon));
        _table.SetIndexLocked(head, 0x40);
        string dump = FolioDump.Dump(_table, head, "a test");
        Assert.Equal(
            """
            page: refcount:2 mapcount:0 mapping:0x000000000000000d index:0x40 pfn:0x10
            head: order:2 head pfn:0x10 refcount:2
            anon flags: 0x000000d1(locked|dirty|head|waiters) node:0
            raw: flags 000000d1 refcount 00000002 mapcount ffffffff compound 00000004 private 0000000000000000 generation 1 host_refs 0
            page dumped because: a test
            """.ReplaceLineEndings("\n"), dump);
        Assert.Contains("head: order:2 head pfn:0x10", FolioDump.Dump(_table, head + 3, "a tail"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheDumpOfATypedPageNamesItsType()
    {
        _table.Map(new Pfn(1)).SetType(PageType.Slab);
        Assert.Contains("page_type: f5(slab)", FolioDump.Dump(_table, new Pfn(1), "typed"), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryFlagHasAName()
    {
        string[] names = FolioDump.Names(PageFlags.All).Split('|');
        Assert.Equal(PageFlagsLayout.FlagBits, names.Length);
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.Equal(string.Empty, FolioDump.Names(PageFlags.None));
    }
}
