using CsCheck;
using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Frames;

public sealed class FolioRefTests
{
    [Fact]
    public void FreezeFailsWhileAnotherHolderRemains()
    {
        int word = 2;
        Assert.False(new FolioRef(ref word).TryFreeze(1));
        Assert.Equal(2, word);
        Assert.True(new FolioRef(ref word).TryFreeze(2));
        Assert.Equal(0, word);
    }

    [Fact]
    public void AFrozenFolioGivesNoReferencesUntilItIsUnfrozen()
    {
        int word = 1;
        Assert.True(new FolioRef(ref word).TryFreeze(1));
        Assert.False(new FolioRef(ref word).TryGet());
        Assert.Equal(0, word);
        new FolioRef(ref word).Unfreeze(3);
        Assert.True(new FolioRef(ref word).TryGet());
        Assert.Equal(4, new FolioRef(ref word).CountUnsafe);
    }

    [Fact]
    public void TheLastPutSaysSo()
    {
        int word = 3;
        Assert.False(new FolioRef(ref word).PutTestZero());
        Assert.True(new FolioRef(ref word).SubTestZero(2));
        Assert.Equal(0, word);
    }

    [Fact]
    public void PublishMakesAFreshFolioReachable()
    {
        int word = 0;
        new FolioRef(ref word).Publish(2);
        new FolioRef(ref word).Get();
        Assert.Equal(3, word);
    }

    [Fact]
    public void MistakesAreBugs()
    {
        Assert.Equal(ViolationKind.RefUnderflow, RaisedBy(0, (ref int word) => new FolioRef(ref word).Get()));
        Assert.Equal(ViolationKind.RefUnderflow, RaisedBy(0, (ref int word) => new FolioRef(ref word).PutTestZero()));
        Assert.Equal(ViolationKind.RefUnderflow, RaisedBy(1, (ref int word) => new FolioRef(ref word).SubTestZero(2)));
        Assert.Equal(ViolationKind.RefUnderflow, RaisedBy(-1, (ref int word) => new FolioRef(ref word).TryGet()));
        Assert.Equal(ViolationKind.BadUnfreeze, RaisedBy(1, (ref int word) => new FolioRef(ref word).Unfreeze(1)));
        Assert.Equal(ViolationKind.BadUnfreeze, RaisedBy(0, (ref int word) => new FolioRef(ref word).Unfreeze(0)));
    }

    [Fact]
    public void TheCountAgreesWithAnInteger() => Gen.Int[0, 3].Select(n => (new Box { Word = n }, new Box { Word = n })).SampleModelBased(
        [
            Gen.Operation<Box, Box>("try get", box => box.Answer = box.Ref.TryGet(), model =>
            {
                model.Answer = model.Word > 0;
                model.Word += model.Answer ? 1 : 0;
            }),
            Gen.Operation<Box, Box>("put", box => box.Answer = box.Word > 0 && box.Ref.PutTestZero(), model => model.Answer = model.Word > 0 && --model.Word == 0),
            Gen.Int[1, 4].Operation<Box, Box>(n => $"freeze {n}", (box, n) => box.Answer = box.Ref.TryFreeze(n), (model, n) =>
            {
                model.Answer = model.Word == n;
                model.Word = model.Answer ? 0 : model.Word;
            }),
            Gen.Int[1, 4].Operation<Box, Box>(n => $"unfreeze {n}", (box, n) =>
            {
                if (box.Word == 0) { box.Ref.Unfreeze(n); }
            },
            (model, n) => model.Word = model.Word == 0 ? n : model.Word),
        ],
        equal: (box, model) => box.Ref.CountUnsafe == model.Word && box.Answer == model.Answer);

    [Fact]
    public void ChangesFromSeveralThreadsHaveAnOrder() => Gen.Int[0, 3].Select(n => new Tally { Word = n }).SampleParallel(
        [
            Gen.Operation<Tally>("try get", tally => Interlocked.Add(ref tally.Got, tally.Ref.TryGet() ? 1 : 0)),
            Gen.Int[1, 6].Operation<Tally>(n => $"freeze {n}", (tally, n) => Interlocked.Add(ref tally.Froze, tally.Ref.TryFreeze(n) ? 1 : 0)),
        ],
        equal: (a, b) => (a.Word, a.Got, a.Froze) == (b.Word, b.Got, b.Froze),
        print: tally => $"count {tally.Word}, {tally.Got} got, {tally.Froze} froze", iter: 100, threads: 3);

    /// <summary>Folios die and are reborn under everybody's hands: one last put for each life, and nobody gets a dead one.</summary>
    [Fact]
    public void EachLifeHasOneLastPut()
    {
        const int Lives = 3_000;
        int[] words = new int[Lives];
        Array.Fill(words, 1);
        int lastPuts = 0;
        OwnThread.RunAll(3, me =>
        {
            for (int life = 0; life < Lives; life++)
            {
                ref int word = ref words[life];
                bool holds = me == 0 || new FolioRef(ref word).TryGet();
                if (me != 0 && holds && new FolioRef(ref word).TryFreeze(1)) { new FolioRef(ref word).Unfreeze(1); }
                if (holds && new FolioRef(ref word).PutTestZero()) { Interlocked.Increment(ref lastPuts); }
            }
        });
        Assert.Equal(Lives, lastPuts);
        Assert.All(words, word => Assert.Equal(0, word));
    }

    private delegate void OnWord(ref int word);

    private static ViolationKind RaisedBy(int word, OnWord act) => Assert.Throws<BugException>(() => act(ref word)).Kind;

    private sealed class Box
    {
        public int Word;

        public bool Answer { get; set; }

        public FolioRef Ref => new(ref Word);
    }

    private sealed class Tally
    {
        public int Word;
        public int Got;
        public int Froze;

        public FolioRef Ref => new(ref Word);
    }
}
