using MemCore.Frames;
using MemCore.Primitives;
using MemCore.Tests.Native;

namespace MemCore.Tests.Frames;

public sealed class RefNotesTests : IDisposable
{
    private static readonly Pfn s_pfn = new(5);

    private readonly Arena _arena = new(1 << 20, hugePages: false);
    private readonly RefNotes _notes;

    public RefNotesTests() => _notes = new RefNotes(_arena, frames: 8);

    [Fact]
    public void ADropThatNobodyTookNamesTaskAndHolderAndBorrowsFromNone()
    {
        _notes.Take(new TaskId(1), s_pfn, RefHolder.Pin);
        BugException bug = Assert.Throws<BugException>(() => _notes.Drop(new TaskId(2), s_pfn, RefHolder.Speculative));
        Assert.Equal(ViolationKind.RefUnderflow, bug.Kind);
        Assert.Equal("task 2 drops a reference as speculative, but none is noted (nobody ever took one) (pfn 0x5)", bug.Message);
        Assert.Equal("pin 1 (last taken by task 1)", _notes.DescribeAtRest(s_pfn));
    }

    [Fact]
    public void ASecondDropSaysWhoTookTheLast()
    {
        _notes.Take(new TaskId(7), s_pfn, RefHolder.Isolation);
        _notes.Drop(new TaskId(7), s_pfn, RefHolder.Isolation);
        BugException bug = Assert.Throws<BugException>(() => _notes.Drop(new TaskId(3), s_pfn, RefHolder.Isolation));
        Assert.Contains("task 3 drops a reference as isolation, but none is noted (the last was taken by task 7)", bug.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AMovedReferenceChangesItsHolderOnly()
    {
        _notes.Take(new TaskId(1), s_pfn, RefHolder.Speculative);
        _notes.Move(new TaskId(4), s_pfn, RefHolder.Speculative, RefHolder.Isolation);
        Assert.Equal((0, 1), (_notes.CountAtRest(s_pfn, RefHolder.Speculative), _notes.CountAtRest(s_pfn, RefHolder.Isolation)));
        Assert.Equal(4, _notes.LastTakerAtRest(s_pfn, RefHolder.Isolation));
        Assert.Throws<BugException>(() => _notes.Move(new TaskId(4), s_pfn, RefHolder.Speculative, RefHolder.Isolation));
        Assert.Equal(1, _notes.CountAtRest(s_pfn, RefHolder.Isolation));
    }

    [Fact]
    public void HundredsOfReferencesOfOneKindSpillIntoNoOther()
    {
        for (int i = 0; i < 1000; i++) { _notes.Take(new TaskId(299), s_pfn, RefHolder.Task); }
        Assert.Equal("task 1000 (last taken by task 299)", _notes.DescribeAtRest(s_pfn));
        Assert.Equal(string.Empty, _notes.DescribeAtRest(new Pfn(4)));
        Assert.Equal(string.Empty, _notes.DescribeAtRest(new Pfn(6)));
    }

    [Fact]
    public void AFolioIsNotFreedWhileAHolderIsNoted()
    {
        _notes.VerifyNone(new TaskId(0), s_pfn);
        _notes.Take(new TaskId(6), s_pfn, RefHolder.Driver);
        BugException bug = Assert.Throws<BugException>(() => _notes.VerifyNone(new TaskId(2), s_pfn));
        Assert.Contains("task 2 frees a folio that has holders: driver 1 (last taken by task 6)", bug.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TasksThatNoteAtOnceLoseNothing()
    {
        const int tasks = 4, rounds = 10_000;
        OwnThread.RunAll(tasks, task =>
        {
            for (int i = 0; i < rounds; i++)
            {
                _notes.Take(new TaskId(task), s_pfn, RefHolder.Speculative);
                _notes.Take(new TaskId(task), s_pfn, RefHolder.Pin);
                _notes.Drop(new TaskId(task), s_pfn, RefHolder.Speculative);
            }
        });
        Assert.Equal((0, tasks * rounds), (_notes.CountAtRest(s_pfn, RefHolder.Speculative), _notes.CountAtRest(s_pfn, RefHolder.Pin)));
    }

    public void Dispose() => _arena.Dispose();
}
