using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Tests.Allocation;

namespace MemCore.Tests.Mapping;

public sealed class MmapLockTests : IDisposable
{
    private readonly Arena _arena = new(1 << 20);
    private readonly LockRanks _ranks;
    private readonly Column<int> _word;

    public MmapLockTests()
    {
        _ranks = new LockRanks(_arena, 4);
        _word = _arena.Add<int>("mmap_lock", 1, ColumnKind.State);
    }

    private MmapLock Lock => new(ref _word[0], _ranks);

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void AWriterIsAloneAndReadersAreNot()
    {
        int inside = 0;
        int total = 0;
        AllocatorRig.Run(4, task =>
        {
            for (int i = 0; i < 5000; i++)
            {
                if (i % 4 == 0)
                {
                    Lock.Lock(task);
                    Assert.Equal(0, Interlocked.CompareExchange(ref inside, -1, 0));
                    total++;
                    Volatile.Write(ref inside, 0);
                    Lock.Unlock(task);
                    continue;
                }
                Lock.LockShared(task);
                int readers = Interlocked.Increment(ref inside);
                Assert.True(readers > 0);
                Interlocked.Decrement(ref inside);
                Lock.UnlockShared(task);
            }
        });
        Assert.Equal(5000, total);
        Assert.Equal(0, _word[0]);
    }

    [Fact]
    public void SeveralReadersHoldItAtOnce()
    {
        Lock.LockShared(new TaskId(0));
        Lock.LockShared(new TaskId(1));
        Lock.UnlockShared(new TaskId(0));
        Lock.UnlockShared(new TaskId(1));
        Lock.Lock(new TaskId(2));
        Lock.Unlock(new TaskId(2));
        Assert.Equal(0, _word[0]);
    }

    [Fact]
    public void AnUnlockWithoutALockIsNoticed()
    {
        ViolationKind kind = Seam.Checked ? ViolationKind.LockRank : ViolationKind.ForeignUnlock; // Checked, the ranks notice first.
        Assert.Equal(kind, Assert.Throws<BugException>(() => Lock.UnlockShared(new TaskId(0))).Kind);
        _word[0] = 0;
        Assert.Equal(kind, Assert.Throws<BugException>(() => Lock.Unlock(new TaskId(0))).Kind);
    }
}
