using System.Runtime.CompilerServices;
using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Perf.Measuring;

/// <summary>A machine with 4 KiB behind each frame, a process that has pages mapped, and the loops that migrate, copy, fault and clear.</summary>
/// <remarks>
/// All contents were touched before, so the OS has given the memory. Destinations of migrations come from the allocator and are exchanged for the one that has been held longest, so that they are as far from the
/// caches as the set is large; a frame that was freed a moment ago would still be in them. One task.
/// </remarks>
internal sealed unsafe class PagedRig : IMigrationTarget, IDisposable
{
    public const int PageBytes = 4096;

    private static readonly TaskId s_me = new(0);

    private readonly Machine _machine;
    private readonly FolioLists _lists;
    private readonly MmId _mm;
    private readonly byte* _base;
    private readonly Pfn[] _mapped; // by page
    private readonly int[] _order; // pages at random
    private readonly Pfn[] _held;
    private readonly Pfn[] _slice;
    private MmId _touched;
    private readonly Pfn[] _faulted;
    private int _next;
    private int _oldest;
    private int _copiedFrom;
    private int _copiedTo;
    private int _fault;
    private int _cleared;
    private long _seen;

    public PagedRig(int frames, int mapped, int held)
    {
        _machine = new Machine(new MachineOptions { Frames = frames, FrameBytes = PageBytes, ExtraBytes = 1 << 16 });
        _machine.Allocator.FreeRangeAtRest(new Pfn(0), frames);
        _lists = new FolioLists(_machine.Base, _machine.Links, "measured_lists", 1);
        _base = (byte*)Unsafe.AsPointer(ref _machine.Memory.Word(new Pfn(0), 0));
        for (int pfn = 0; pfn < frames; pfn++) { new Span<byte>(Address(new Pfn(pfn)), PageBytes).Clear(); }
        _mm = NewMm(mapped);
        _mapped = new Pfn[mapped];
        for (int page = 0; page < mapped; page++)
        {
            Fault(_mm, page);
            _mapped[page] = FrameOf(_mm, page);
        }
        _held = new Pfn[held];
        for (int i = 0; i < held; i++) { _held[i] = _machine.Allocator.Allocate(s_me, 0, MigrateType.Movable); }
        _order = new XorShift(10).Shuffled(mapped);
        _slice = new Pfn[SliceMax];
        _faulted = new Pfn[held];
        _copiedFrom = mapped / 2;
        _copiedTo = held / 2;
        _machine.Drain.DrainLocal(s_me);
    }

    /// <summary>Pages that a slice may move at most.</summary>
    public static int SliceMax => 512;

    /// <summary>Faults before they begin anew.</summary>
    public int Faults => _faulted.Length;

    public long Migrated => _machine.Events.Sum(EventCounter.PgMigrateSuccess);

    public long Faulted => _machine.Events.Sum(EventCounter.PgFault);

    /// <summary>Isolates and migrates pages at random, as one list.</summary>
    public Side Migration => new(Migrate, ChooseSources, NoteDestinations);

    /// <summary>What the copy alone costs: mapped pages at random, to frames that have been held for long.</summary>
    public Side Copy => new(CopyPages);

    /// <summary>First touches of fresh anonymous pages.</summary>
    public Side FaultIn => new(Touch, ReadyToTouch, NoteTouched);

    /// <summary>Clears the frames of those pages in the order in which they were touched.</summary>
    public Side Clear => new(ClearPages, ReadyToClear);

    Pfn IMigrationTarget.Allocate(TaskId task, Pfn source)
    {
        Pfn target = _machine.Migrator.Anywhere.Allocate(task, source);
        ref Pfn oldest = ref _held[_oldest];
        (target, oldest) = (oldest, target);
        if (++_oldest == _held.Length) { _oldest = 0; }
        return target;
    }

    void IMigrationTarget.Free(TaskId task, Pfn target) => _machine.Migrator.Anywhere.Free(task, target);

    public void Dispose() => _machine.Dispose();

    private void ChooseSources(int n)
    {
        if (_next + n > _order.Length) { _next = 0; }
        for (int i = 0; i < n; i++) { _slice[i] = _mapped[_order[_next + i]]; }
        for (int i = 0, held = _oldest; i < n; i++, held = held + 1 == _held.Length ? 0 : held + 1) { LookAt(_held[held]); }
    }

    // Brings a destination's words near, as after its allocation; its contents stay where they are.
    private void LookAt(Pfn pfn)
    {
        FrameTable frames = _machine.Frames;
        _seen += (uint)frames.Flags(pfn).Read() + frames.Ref(pfn).CountUnsafe + frames.Map(pfn).Count + frames.Mapping(pfn).Raw + frames.OrderOf(pfn)
            + frames.IndexLocked(pfn) + frames.PrivateLocked(pfn) + _machine.Links.Next[pfn.Value] + _machine.Links.Prev[pfn.Value];
    }

    private void Migrate(int n)
    {
        FolioList list = _lists[0];
        int isolated = _machine.Migrator.Isolate(s_me, _slice.AsSpan(0, n), list);
        Bug.If(isolated != n, ViolationKind.Unexpected, "a mapped page that nobody else uses was not isolated");
        MigrateResult result = _machine.Migrator.MigratePages(s_me, list, this, MigrateMode.Async, MigrateReason.Compaction);
        Bug.If(result.Succeeded != n, ViolationKind.Unexpected, "a page that nobody else uses was not migrated");
    }

    private void NoteDestinations(int n)
    {
        for (int i = 0; i < n; i++)
        {
            int page = _order[_next + i];
            Pfn now = FrameOf(_mm, page);
            Bug.If(now == _slice[i], ViolationKind.Unexpected, "a page that was migrated is where it was");
            _mapped[page] = now;
        }
        _next += n;
        _machine.Drain.DrainLocal(s_me);
    }

    // Half a round ahead of the migrations, in pages and in frames.
    private void CopyPages(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (++_copiedFrom == _order.Length) { _copiedFrom = 0; }
            if (++_copiedTo == _held.Length) { _copiedTo = 0; }
            Buffer.MemoryCopy(Address(_mapped[_order[_copiedFrom]]), Address(_held[_copiedTo]), PageBytes, PageBytes);
        }
    }

    private void ReadyToTouch(int n)
    {
        if (!_touched.IsNone && _fault + n <= _faulted.Length) { return; }
        if (!_touched.IsNone) { _machine.Mms.Exit(s_me, _touched); }
        _machine.Drain.DrainLocal(s_me);
        _touched = NewMm(_faulted.Length);
        _fault = 0;
    }

    private void Touch(int n)
    {
        for (int i = 0; i < n; i++) { Fault(_touched, _fault + i); }
    }

    private void NoteTouched(int n)
    {
        for (int i = _fault; i < _fault + n; i++) { _faulted[i] = FrameOf(_touched, i); }
        _fault += n;
    }

    private void ReadyToClear(int n)
    {
        if (_cleared + n > _faulted.Length) { _cleared = 0; }
    }

    private void ClearPages(int n)
    {
        for (int i = 0; i < n; i++) { new Span<byte>(Address(_faulted[_cleared + i]), PageBytes).Clear(); }
        _cleared += n;
    }

    private MmId NewMm(int pages)
    {
        MmId mm = _machine.Mms.Create(s_me);
        bool mapped = !mm.IsNone && !_machine.Mms.Map(s_me, mm, 0, pages, VmaFlags.Write).IsNone;
        Bug.If(!mapped, ViolationKind.Unexpected, "no room for a process");
        return mm;
    }

    private void Fault(MmId mm, int page)
    {
        FaultResult result = _machine.Faults.Fault(s_me, mm, page, write: true);
        Bug.If(result != FaultResult.Done, ViolationKind.Unexpected, "a fresh page was not mapped");
    }

    private Pfn FrameOf(MmId mm, int page)
    {
        Pte pte = _machine.Tables.Read(_machine.Tables.Find(_machine.Mms.RootOf(mm), page));
        Bug.If(!pte.IsPresent, ViolationKind.Unexpected, "a page that is mapped is not");
        return pte.Pfn;
    }

    private byte* Address(Pfn pfn) => _base + ((long)pfn.Value * PageBytes);
}
