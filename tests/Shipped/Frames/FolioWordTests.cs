using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Tests.Frames;

/// <summary>Flags and count in one step or in two: to who does it alone there is no difference.</summary>
public sealed class FolioWordTests : FolioWordFixture
{
    [Fact]
    public void AFlagIsSetAndAReferenceDroppedAndNothingElseChanges()
    {
        Assert.False(_table.Words[s_folio].SetAndPut(PageFlags.Lru));
        Assert.Equal(1, _table.Ref(s_folio).CountUnsafe);
        Assert.Equal(PageFlags.Dirty | PageFlags.Swapbacked | PageFlags.Lru, _table.Flags(s_folio).Read());
    }

    [Fact]
    public void WhoDropsTheLastReferenceIsTold()
    {
        Assert.False(_table.Ref(s_folio).PutTestZero());
        Assert.True(_table.Words[s_folio].SetAndPut(PageFlags.Lru));
        Assert.Equal(0, _table.Ref(s_folio).CountUnsafe);
        Assert.True(_table.Flags(s_folio).Has(PageFlags.Lru));
    }
}
