using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Primitives;

/// <summary>Sleeping on a word of the arena with real threads.</summary>
public sealed class ParkTests : IDisposable
{
    private const int Rounds = 2_000;

    private readonly Arena _arena = new(1 << 16);
    private readonly PaddedColumn<int> _words;

    public ParkTests() => _words = _arena.AddPadded<int>("words", 4, ColumnKind.State);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void AWordThatDiffersIsNotSleptOn()
    {
        Atomic.Park(ref _words[0], expected: 1);
        Assert.True(Atomic.ParkFor(ref _words[0], expected: 1, timeoutMs: 60_000));
    }

    [Fact]
    public void ASleepThatNobodyEndsTimesOut()
    {
        // Early returns are allowed; a form that only ever returned early would hang here.
        while (Atomic.ParkFor(ref _words[0], expected: 0, timeoutMs: 1)) { }
        Assert.False(Atomic.ParkFor(ref _words[0], expected: 0, timeoutMs: 0) && Atomic.Load(ref _words[0]) != 0);
    }

    [Fact]
    public void TwoTasksThatWakeEachOtherLoseNoWake() => OwnThread.RunAll(2, me =>
    {
        for (int round = 0; round < Rounds; round++)
        {
            int mine = (2 * round) + me;
            int seen;
            while ((seen = Atomic.Load(ref _words[0])) != mine) { Atomic.Park(ref _words[0], seen); }
            Atomic.Store(ref _words[0], mine + 1);
            Atomic.Wake(ref _words[0]);
        }
    });

    [Fact]
    public void WakeAllEndsEverySleep() => OwnThread.RunAll(5, me =>
    {
        for (int round = 1; round <= Rounds / 10; round++)
        {
            if (me == 0)
            {
                int spins = 0;
                while (Atomic.Load(ref _words[1]) != 4 * round) { Atomic.Retry(ref spins); }
                Atomic.Store(ref _words[2], round);
                Atomic.WakeAll(ref _words[2]);
                continue;
            }
            Atomic.Add(ref _words[1], 1);
            while (Atomic.Load(ref _words[2]) != round) { Atomic.Park(ref _words[2], round - 1); }
        }
    });

    [Fact]
    public void SpinWhileEndsWhenTheWordChanges() => OwnThread.RunAll(2, me =>
    {
        if (me == 0)
        {
            Atomic.Store(ref _words[3], 7);
            return;
        }
        int spins = 0;
        Atomic.SpinWhile(ref _words[3], seen: 0, ref spins);
        Assert.Equal(7, Atomic.Load(ref _words[3]));
    });
}
