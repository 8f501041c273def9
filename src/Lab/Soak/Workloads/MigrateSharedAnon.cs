using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Children forked from a parent that others fork too: all read, move and copy on write the same pages. Nobody sees another's writes.</summary>
internal sealed class MigrateSharedAnon : SoakWorkload
{
    private const long FirstPage = SharedFamilies.FirstPage;
    private const uint OwnerBase = 0x2000_0000;
    private const int Window = 16;
    private const int Reads = 16;
    private const int ExitOneIn = 32;
    private const int DrainOneIn = 16;

    private readonly Machine _machine;
    private readonly SharedFamilies _families;
    private readonly PageMover _mover;
    private readonly TaskId _task;
    private readonly int _family;
    private readonly bool _isWriter;
    private readonly uint[] _least; // what the parent's page had when the child was forked, or more
    private readonly uint[] _seen; // what the child's page has, when it was read once
    private readonly uint[] _mine; // what the child wrote
    private MmId _child;
    private uint _version;

    public MigrateSharedAnon(SoakWorker worker)
        : base(worker)
    {
        _machine = World.Machine;
        _families = World.Families;
        _mover = new PageMover(worker);
        _task = worker.Task;
        _family = SharedFamilies.FamilyOf(_task);
        _isWriter = SharedFamilies.IsWriter(_task);
        _least = new uint[_families.Pages];
        _seen = new uint[_families.Pages];
        _mine = new uint[_families.Pages];
    }

    private MmId Parent => _families.ParentOf(_family);

    public override void Step()
    {
        if (_isWriter) { WriteParent(Worker.Rng.Below(_families.Pages)); }
        for (int i = 0; i < Reads / 4; i++) { ReadParent(Worker.Rng.Below(_families.Pages)); }
        if (_child.IsNone && !TryFork()) { return; }
        int first = Worker.Rng.Below(_families.Pages - Window + 1);
        for (int i = 0; i < Window; i++) { _mover.TryIsolate(_child, FirstPage + first + i); }
        _mover.Migrate();
        for (int i = 0; i < Reads; i++) { ReadChild(first + Worker.Rng.Below(Window)); }
        WriteChild(Worker.Rng.Below(_families.Pages));
        if (Worker.Rng.OneIn(DrainOneIn)) { _machine.Drain.DrainLocal(_task); }
        if (Worker.Rng.OneIn(ExitOneIn)) { Drain(); }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        // What the task has is mapped: the page tables say so.
    }

    public override void Drain()
    {
        if (_child.IsNone) { return; }
        long began = Worker.Stats.Begin();
        _machine.Mms.Exit(_task, _child);
        Worker.Stats.End(Operation.Exit, began);
        _child = default;
    }

    private bool TryFork()
    {
        for (int page = 0; page < _least.Length; page++) { _least[page] = (uint)_families.Published(_family, page); }
        long began = Worker.Stats.Begin();
        _child = _machine.Mms.Fork(_task, Parent);
        Worker.Stats.End(Operation.Fork, began, !_child.IsNone);
        if (_child.IsNone) { return false; }
        Array.Clear(_seen);
        Array.Clear(_mine);
        return true;
    }

    // The child's page changes by the child's writes alone, however often it is moved and whoever writes to the parent.
    private void ReadChild(int page)
    {
        long began = Worker.Stats.Begin();
        FaultResult result = _machine.Memories.TryRead(_task, _child, FirstPage + page, out PageSignature found, out bool intact);
        Worker.Stats.End(Operation.UserRead, began, result == FaultResult.Done);
        if (result != FaultResult.Done)
        {
            if (result == FaultResult.Refused) { Raise(_child, page, "a page of a child refuses to be read"); }
            return;
        }
        if (_mine[page] != 0)
        {
            if (!intact || found != MineOf(page, _mine[page])) { Raise(_child, page, "a page of a child is not what it wrote last"); }
            return;
        }
        if (_least[page] == 0) { return; }
        bool known = _seen[page] == 0 ? IsParents(found, page, _least[page]) : found == ParentsOf(page, _seen[page]);
        if (!intact || !known) { Raise(_child, page, "a page of a child is not what the parent had when it was forked"); }
        _seen[page] = found.Version;
    }

    private void WriteChild(int page)
    {
        uint next = ++_version;
        long began = Worker.Stats.Begin();
        FaultResult result = _machine.Memories.TryWrite(_task, _child, FirstPage + page, MineOf(page, next));
        Worker.Stats.End(Operation.UserWrite, began, result == FaultResult.Done);
        if (result == FaultResult.Done) { _mine[page] = next; }
        else if (result == FaultResult.Refused) { Raise(_child, page, "a page of a child refuses to be written"); }
    }

    // Who reads while the writer writes may find half of it; whole contents are the writer's, and not old ones.
    private void ReadParent(int page)
    {
        uint least = (uint)_families.Published(_family, page);
        if (least == 0) { return; }
        long began = Worker.Stats.Begin();
        FaultResult result = _machine.Memories.TryRead(_task, Parent, FirstPage + page, out PageSignature found, out bool intact);
        Worker.Stats.End(Operation.UserRead, began, result == FaultResult.Done);
        if (result != FaultResult.Done) { return; }
        bool right = _isWriter ? intact && found == ParentsOf(page, least) : !intact || IsParents(found, page, least);
        if (!right) { Raise(Parent, page, "a page of a parent is not what its writer wrote"); }
    }

    private void WriteParent(int page)
    {
        uint next = (uint)_families.Published(_family, page) + 1;
        long began = Worker.Stats.Begin();
        FaultResult result = _machine.Memories.TryWrite(_task, Parent, FirstPage + page, ParentsOf(page, next));
        Worker.Stats.End(Operation.UserWrite, began, result == FaultResult.Done);
        if (result == FaultResult.Done) { _families.Publish(_family, page, (int)next); }
        else if (result == FaultResult.Refused) { Raise(Parent, page, "a page of a parent refuses to be written"); }
    }

    // The writer publishes after it wrote: the page may be one ahead of what is published by now.
    private bool IsParents(PageSignature found, int page, uint least) => found == ParentsOf(page, found.Version)
        && found.Version >= least && found.Version <= (uint)_families.Published(_family, page) + 1;

    private PageSignature ParentsOf(int page, uint version) => new(SharedFamilies.OwnerOf(_family), version, FirstPage + page);

    private PageSignature MineOf(int page, uint version) => new(OwnerBase + (uint)_task.Value, version, FirstPage + page);

    private void Raise(MmId mm, int page, string what) => Bug.If(true, ViolationKind.DataMismatch, what, PageMover.FrameOf(_machine, mm, FirstPage + page).Value);
}
