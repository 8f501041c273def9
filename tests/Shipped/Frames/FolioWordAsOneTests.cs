using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Frames;

/// <summary>Flags and count as one word, which they are with the seam off and no planted bugs.</summary>
public sealed class FolioWordAsOneTests : FolioWordFixture
{
    [Fact]
    public void ThisIsWhereTheyAreOne() => Assert.True(FolioWord.IsOne);

    [Fact]
    public void AFlagIsClearedWithAReferenceTakenOrNothingHappens()
    {
        Assert.False(_table.Words[s_folio].TryGetAndClear(PageFlags.Lru));
        _table.Flags(s_folio).Set(PageFlags.Lru);
        Assert.True(_table.Words[s_folio].TryGetAndClear(PageFlags.Lru));
        Assert.False(_table.Words[s_folio].TryGetAndClear(PageFlags.Lru));
        Assert.Equal(3, _table.Ref(s_folio).CountUnsafe);
        Assert.Equal(PageFlags.Dirty | PageFlags.Swapbacked, _table.Flags(s_folio).Read());
    }

    [Fact]
    public void AFrozenFolioKeepsItsFlag()
    {
        _table.Flags(s_folio).Set(PageFlags.Lru);
        Assert.True(_table.Ref(s_folio).TryFreeze(2));
        Assert.False(_table.Words[s_folio].TryGetAndClear(PageFlags.Lru));
        Assert.True(_table.Flags(s_folio).Has(PageFlags.Lru));
        _table.Ref(s_folio).Unfreeze(2);
        Assert.True(_table.Words[s_folio].TryGetAndClear(PageFlags.Lru));
    }

    [Fact]
    public void TheNodeBesideTheFlagsStays()
    {
        _table.AtRest.Flags[Last] |= 5u << PageFlagsLayout.NodeShift;
        _ = _table.Words[s_folio].SetAndPut(PageFlags.Lru);
        Assert.True(_table.Words[s_folio].TryGetAndClear(PageFlags.Lru));
        Assert.Equal(5, _table.Flags(s_folio).Node);
        Assert.Equal(2, _table.Ref(s_folio).CountUnsafe);
    }

    [Fact]
    public void MistakesAreBugs()
    {
        _table.Flags(s_folio).Set(PageFlags.Lru);
        Assert.Equal(ViolationKind.FlagContradiction, RaisedBy(() => _table.Words[s_folio].SetAndPut(PageFlags.Lru)));
        _table.AtRest.RefCount[Last] = 0;
        Assert.Equal(ViolationKind.RefUnderflow, RaisedBy(() => _table.Words[s_folio].SetAndPut(PageFlags.Lru)));
    }

    [Fact]
    public void OneOfSeveralTasksWinsTheFlagWhileOthersChangeTheirs()
    {
        const int Rounds = 20_000;
        int wins = 0;
        _table.Flags(s_folio).Set(PageFlags.Lru);
        OwnThread.RunAll(3, me =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                if (me == 0)
                {
                    _table.Flags(s_folio).Set(PageFlags.Referenced);
                    _table.Ref(s_folio).Get();
                    _table.Flags(s_folio).Clear(PageFlags.Referenced);
                    _ = _table.Ref(s_folio).PutTestZero();
                }
                else if (_table.Words[s_folio].TryGetAndClear(PageFlags.Lru))
                {
                    Interlocked.Increment(ref wins);
                    _ = _table.Words[s_folio].SetAndPut(PageFlags.Lru);
                }
            }
        });
        Assert.True(wins > 0);
        Assert.Equal(2, _table.Ref(s_folio).CountUnsafe);
        Assert.Equal(PageFlags.Dirty | PageFlags.Swapbacked | PageFlags.Lru, _table.Flags(s_folio).Read());
    }

    private static ViolationKind RaisedBy(Action action) => Assert.Throws<BugException>(action).Kind;
}
