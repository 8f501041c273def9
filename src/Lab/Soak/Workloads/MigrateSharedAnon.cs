using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Children forked from a parent that others fork too: all read, move and copy on write the same pages. Nobody sees another's writes.</summary>
internal sealed class MigrateSharedAnon : ProcessWorkload
{
    private const long FirstPage = SharedFamilies.FirstPage;
    private const uint OwnerBase = 0x2000_0000;
    private const int Window = 16;
    private const int Reads = 16;
    private const int ExitOneIn = 32;
    private const int DrainOneIn = 16;

    private readonly SharedFamilies _families;
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
        _families = World.Families;
        _family = SharedFamilies.FamilyOf(Task);
        _isWriter = SharedFamilies.IsWriter(Task);
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
        for (int i = 0; i < Window; i++) { Mover.TryIsolate(_child, FirstPage + first + i); }
        Mover.Migrate();
        for (int i = 0; i < Reads; i++) { ReadChild(first + Worker.Rng.Below(Window)); }
        WriteChild(Worker.Rng.Below(_families.Pages));
        if (Worker.Rng.OneIn(DrainOneIn)) { Machine.Drain.DrainLocal(Task); }
        if (Worker.Rng.OneIn(ExitOneIn)) { Drain(); }
    }

    public override void Drain() => Exit(ref _child);

    private bool TryFork()
    {
        for (int page = 0; page < _least.Length; page++) { _least[page] = (uint)_families.Published(_family, page); }
        long began = Worker.Stats.Begin(Operation.Fork, Parent, 0);
        _child = Machine.Mms.Fork(Task, Parent);
        Worker.Stats.End(Operation.Fork, began, !_child.IsNone);
        if (_child.IsNone) { return false; }
        Worker.Stats.Ring.Made(_child.Value);
        Array.Clear(_seen);
        Array.Clear(_mine);
        return true;
    }

    // The child's page changes by the child's writes alone, however often it is moved and whoever writes to the parent.
    private void ReadChild(int page)
    {
        FaultResult result = UserRead(_child, FirstPage + page, out PageSignature found, out bool intact);
        if (result != FaultResult.Done)
        {
            if (result == FaultResult.Refused) { Mismatch(_child, FirstPage + page, "a page of a child refuses to be read"); }
            return;
        }
        if (_mine[page] != 0)
        {
            if (!intact || found != MineOf(page, _mine[page])) { Mismatch(_child, FirstPage + page, "a page of a child is not what it wrote last"); }
            return;
        }
        if (_least[page] == 0) { return; }
        bool known = _seen[page] == 0 ? IsParents(found, page, _least[page]) : found == ParentsOf(page, _seen[page]);
        if (!intact || !known) { Mismatch(_child, FirstPage + page, "a page of a child is not what the parent had when it was forked"); }
        _seen[page] = found.Version;
    }

    private void WriteChild(int page)
    {
        uint next = ++_version;
        if (TryUserWrite(_child, FirstPage + page, MineOf(page, next))) { _mine[page] = next; }
    }

    // Who reads while the writer writes may find half of it; whole contents are the writer's, and not old ones.
    private void ReadParent(int page)
    {
        uint least = (uint)_families.Published(_family, page);
        if (least == 0) { return; }
        if (UserRead(Parent, FirstPage + page, out PageSignature found, out bool intact) != FaultResult.Done) { return; }
        bool right = _isWriter ? intact && found == ParentsOf(page, least) : !intact || IsParents(found, page, least);
        if (!right) { Mismatch(Parent, FirstPage + page, "a page of a parent is not what its writer wrote"); }
    }

    private void WriteParent(int page)
    {
        uint next = (uint)_families.Published(_family, page) + 1;
        if (TryUserWrite(Parent, FirstPage + page, ParentsOf(page, next))) { _families.Publish(_family, page, (int)next); }
    }

    // The writer publishes after it wrote: the page may be one ahead of what is published by now.
    private bool IsParents(PageSignature found, int page, uint least) => found == ParentsOf(page, found.Version)
        && found.Version >= least && found.Version <= (uint)_families.Published(_family, page) + 1;

    private PageSignature ParentsOf(int page, uint version) => new(SharedFamilies.OwnerOf(_family), version, FirstPage + page);

    private PageSignature MineOf(int page, uint version) => new(OwnerBase + (uint)Task.Value, version, FirstPage + page);
}
