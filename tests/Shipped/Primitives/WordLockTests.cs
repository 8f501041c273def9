using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Primitives;

public sealed class WordLockTests : IDisposable
{
    private const int Tasks = 4;

    private readonly Arena _arena = new(1 << 16);
    private readonly LockRanks _ranks;
    private readonly Column<int> _words;

    public WordLockTests()
    {
        _ranks = new LockRanks(_arena, Tasks);
        _words = _arena.Add<int>("locks", 2, ColumnKind.State);
    }

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void OneTaskAtATimeIsInside()
    {
        const int Rounds = 5_000;
        long counter = 0;
        OwnThread.RunAll(Tasks, t =>
        {
            TaskId task = new(t);
            for (int i = 0; i < Rounds; i++)
            {
                new WordLock(ref _words[0], _ranks, LockRank.Lru).Lock(task);
                counter++;
                new WordLock(ref _words[0], _ranks, LockRank.Lru).Unlock(task);
            }
        });
        Assert.Equal(Tasks * Rounds, counter);
        Assert.Equal(0, _words.AtRest[0]);
    }

    [Fact]
    public void TryLockFailsWhileTheLockIsHeldAndChangesNothing()
    {
        WordLock word = new(ref _words[1], _ranks, LockRank.Lru);
        Assert.True(word.TryLock(new TaskId(0)));
        Assert.False(word.TryLock(new TaskId(1)));
        Assert.Equal(1, _words.AtRest[1]);
        Assert.True(_ranks.HoldsNone(new TaskId(1)));
        word.Unlock(new TaskId(0));
        Assert.True(word.TryLock(new TaskId(1)));
        word.Unlock(new TaskId(1));
    }

    [Fact]
    public void LocksAreTakenUpwardsOnly()
    {
        Assert.SkipUnless(Seam.Checked, "ranks are recorded in checked builds; the executable with the seam on runs this");
        TaskId task = new(0);
        _ranks.Take(task, LockRank.PageTable);
        _ranks.Take(task, LockRank.WaitBucket);
        Assert.False(_ranks.HoldsNone(task));
        Assert.Equal(ViolationKind.LockRank, Assert.Throws<BugException>(() => _ranks.Take(task, LockRank.Lru)).Kind);
        Assert.Equal(ViolationKind.LockRank, Assert.Throws<BugException>(() => _ranks.Take(task, LockRank.WaitBucket)).Kind);
        _ranks.Take(task, LockRank.Lru, tried: true);
        _ranks.Drop(task, LockRank.Lru);
        _ranks.Drop(task, LockRank.WaitBucket);
        _ranks.Drop(task, LockRank.PageTable);
        Assert.True(_ranks.HoldsNone(task));
        Assert.Equal(ViolationKind.LockRank, Assert.Throws<BugException>(() => _ranks.Drop(task, LockRank.Lru)).Kind);
    }
}
