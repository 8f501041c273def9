using CsCheck;
using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Frames;

public sealed class FlagsWordTests
{
    private const uint Node = 0xA5u << PageFlagsLayout.NodeShift;

    private static Gen<PageFlags> AnyFlags { get; } = Gen.UInt.Select(bits => (PageFlags)bits & PageFlags.All);

    private static Gen<PageFlags> OneFlag { get; } = Gen.Int[0, PageFlagsLayout.FlagBits - 1].Select(bit => (PageFlags)(1u << bit));

    [Fact]
    public void TheLockBitIsTakenOnce()
    {
        uint word = Node;
        FlagsWord flags = new(ref word);
        Assert.True(flags.TryLock());
        Assert.False(flags.TryLock());
        Assert.Equal(Node | (uint)PageFlags.Locked, word);
    }

    [Fact]
    public void UnlockSaysInTheSameStepWhetherSomebodyWaits()
    {
        uint word = Node | (uint)(PageFlags.Locked | PageFlags.Waiters | PageFlags.Lru);
        Assert.True(new FlagsWord(ref word).UnlockReturnsWaiters());
        Assert.Equal(Node | (uint)(PageFlags.Waiters | PageFlags.Lru), word);
        word = Node | (uint)PageFlags.Locked;
        Assert.False(new FlagsWord(ref word).UnlockReturnsWaiters());
        Assert.Equal(Node, word);
    }

    [Fact]
    public void UnlockOfAnUnlockedWordIsABug()
    {
        uint word = (uint)PageFlags.Uptodate;
        Assert.Equal(ViolationKind.ForeignUnlock, Assert.Throws<BugException>(() => new FlagsWord(ref word).UnlockReturnsWaiters()).Kind);
    }

    [Fact]
    public void SetWaitersReportsTheLockBitOfThatMoment()
    {
        uint word = 0;
        Assert.False(new FlagsWord(ref word).SetWaitersReturnsLocked());
        Assert.True(new FlagsWord(ref word).TryLock());
        Assert.True(new FlagsWord(ref word).SetWaitersReturnsLocked());
        Assert.Equal((uint)(PageFlags.Locked | PageFlags.Waiters), word);
    }

    [Theory]
    [InlineData(PageFlags.None, PageFlags.None)]
    [InlineData(PageFlags.Dirty, PageFlags.None)]
    [InlineData(PageFlags.None, PageFlags.Owner2)]
    [InlineData(PageFlags.Dirty, PageFlags.Owner2)]
    public void AChangeSetsAndClearsAndLeavesTheRest(PageFlags set, PageFlags clear)
    {
        uint word = Node | (uint)(PageFlags.Owner2 | PageFlags.Lru);
        new FlagsWord(ref word).Change(set, clear);
        Assert.Equal((Node | (uint)(PageFlags.Owner2 | PageFlags.Lru | set)) & ~(uint)clear, word);
    }

    [Fact]
    public void AResetKeepsTheNodeAlone()
    {
        uint word = Node | (uint)PageFlags.All;
        new FlagsWord(ref word).Reset(PageFlags.HwPoison);
        Assert.Equal(Node | (uint)PageFlags.HwPoison, word);
    }

    /// <summary>The word against a plain set of flags; the node above them never changes.</summary>
    [Fact]
    public void TheWordAgreesWithASetOfFlags() => AnyFlags.Select(flags => (new Box { Word = Node | (uint)flags }, new Box { Word = (uint)flags }))
        .SampleModelBased(
        [
            AnyFlags.Operation<Box, Box>(f => $"set {f}", (box, f) => box.Flags.Set(f), (model, f) => model.Word |= (uint)f),
            AnyFlags.Operation<Box, Box>(f => $"clear {f}", (box, f) => box.Flags.Clear(f), (model, f) => model.Word &= ~(uint)f),
            OneFlag.Operation<Box, Box>(f => $"test and set {f}", (box, f) => box.Answer = box.Flags.TestAndSet(f), (model, f) =>
            {
                model.Answer = (model.Word & (uint)f) != 0;
                model.Word |= (uint)f;
            }),
            OneFlag.Operation<Box, Box>(f => $"test and clear {f}", (box, f) => box.Answer = box.Flags.TestAndClear(f), (model, f) =>
            {
                model.Answer = (model.Word & (uint)f) != 0;
                model.Word &= ~(uint)f;
            }),
            Gen.Operation<Box, Box>("try lock", box => box.Answer = box.Flags.TryLock(), model =>
            {
                model.Answer = (model.Word & (uint)PageFlags.Locked) == 0;
                model.Word |= (uint)PageFlags.Locked;
            }),
            AnyFlags.Operation<Box, Box>(f => $"has {f}", (box, f) => box.Answer = box.Flags.Has(f), (model, f) => model.Answer = (model.Word & (uint)f) == (uint)f),
        ],
        equal: (box, model) => box.Word == (Node | model.Word) && (uint)box.Flags.Read() == model.Word && box.Answer == model.Answer);

    /// <summary>Real threads: whatever the interleaving, some order of the same operations gives the same word and the same answers.</summary>
    [Fact]
    public void ChangesFromSeveralThreadsHaveAnOrder() => Gen.Const(() => new Tally()).SampleParallel(
        [
            Gen.Operation<Tally>("try lock", tally => tally.Count(tally.Flags.TryLock())),
            OneFlag.Operation<Tally>(f => $"test and clear {f}", (tally, f) => tally.Count(tally.Flags.TestAndClear(f))),
            OneFlag.Operation<Tally>(f => $"test and set {f}", (tally, f) => tally.Count(tally.Flags.TestAndSet(f))),
            AnyFlags.Operation<Tally>(f => $"set {f}", (tally, f) => tally.Flags.Set(f)),
        ],
        equal: (a, b) => a.Word == b.Word && a.Yes == b.Yes, print: tally => $"{(PageFlags)tally.Word}, {tally.Yes} times yes", iter: 100, threads: 3);

    [Fact]
    public void OneOfManyClearersWins()
    {
        const int Rounds = 2_000;
        uint[] words = new uint[Rounds];
        Array.Fill(words, (uint)(PageFlags.Lru | PageFlags.Active));
        int wins = 0;
        OwnThread.RunAll(3, _ =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                if (new FlagsWord(ref words[i]).TestAndClear(PageFlags.Lru)) { Interlocked.Increment(ref wins); }
            }
        });
        Assert.Equal(Rounds, wins);
        Assert.All(words, word => Assert.Equal((uint)PageFlags.Active, word));
    }

    [Fact]
    public void TheLockBitExcludes()
    {
        const int Rounds = 3_000;
        uint word = 0;
        long counter = 0;
        OwnThread.RunAll(3, me =>
        {
            for (int i = 0; i < Rounds; i++)
            {
                int spins = 0;
                while (!new FlagsWord(ref word).TryLock()) { Atomic.Retry(ref spins); }
                counter++;
                new FlagsWord(ref word).UnlockReturnsWaiters();
                new FlagsWord(ref word).Set(PageFlags.Referenced);
                new FlagsWord(ref word).Clear(PageFlags.Dirty);
            }
        });
        Assert.Equal(3 * Rounds, counter);
        Assert.Equal((uint)PageFlags.Referenced, word);
    }

    private sealed class Box
    {
        public uint Word;

        public bool Answer { get; set; }

        public FlagsWord Flags => new(ref Word);
    }

    private sealed class Tally
    {
        public uint Word;
        public int Yes;

        public FlagsWord Flags => new(ref Word);

        public void Count(bool answer) => Interlocked.Add(ref Yes, answer ? 1 : 0);
    }
}
