using MemCore.Primitives;

namespace MemCore.Tests.Primitives;

public sealed class AtomicTests
{
    [Fact]
    public void AddReturnsTheNewValueAndTheOthersTheOldOne()
    {
        int word = 6;
        Assert.Equal(7, Atomic.Add(ref word, 1));
        Assert.Equal(7, Atomic.Or(ref word, 8));
        Assert.Equal(15, Atomic.And(ref word, ~1));
        Assert.Equal(14, Atomic.Exchange(ref word, -1));
        Assert.Equal(-1, Atomic.Load(ref word));
    }

    [Fact]
    public void CompareExchangeWritesOnlyOverTheComparand()
    {
        ulong word = ulong.MaxValue;
        Assert.Equal(ulong.MaxValue, Atomic.CompareExchange(ref word, 5, 4));
        Assert.Equal(ulong.MaxValue, Atomic.CompareExchange(ref word, 5, ulong.MaxValue));
        Assert.Equal(5ul, Atomic.PlainLoad(ref word));
    }

    [Fact]
    public void UnsignedWordsUseAllBits()
    {
        uint word = 0;
        Assert.Equal(uint.MaxValue, Atomic.Add(ref word, uint.MaxValue));
        Assert.Equal(uint.MaxValue, Atomic.And(ref word, 0x8000_0000));
        Assert.Equal(0x8000_0000, Atomic.Load(ref word));
        ulong wide = 1ul << 63;
        Assert.Equal(1ul << 63, Atomic.Or(ref wide, 1));
        Assert.Equal((1ul << 63) | 1, Atomic.And(ref wide, ~1ul));
    }

    [Fact]
    public void WithoutTheSeamNothingFailsAndChoicesAreZero()
    {
        Assert.False(Seam.On);
        Assert.All(Enum.GetValues<FaultPoint>(), point => Assert.False(Atomic.Fails(point)));
        Assert.Equal(0, Atomic.Choose(5));
    }

    [Fact]
    public void FencesKeepAStoreBeforeALoadOfAnotherWord()
    {
        const int Rounds = 2_000;
        int[] words = new int[32]; // 0 and 16: two lines
        int[] seen = new int[2];
        int passed = 0;
        using Barrier start = new(2);
        void Run(int me)
        {
            for (int round = 1; round <= Rounds; round++)
            {
                start.SignalAndWait();
                Atomic.Store(ref words[me * 16], round);
                Atomic.Fence();
                seen[me] = Atomic.Load(ref words[(1 - me) * 16]);
                start.SignalAndWait();
                if (me == 0 && seen[0] != round && seen[1] != round) { passed++; }
                start.SignalAndWait();
            }
        }
        Thread other = new(() => Run(1));
        other.Start();
        Run(0);
        other.Join();
        Assert.Equal(0, passed);
        Atomic.FenceAll();
    }
}
