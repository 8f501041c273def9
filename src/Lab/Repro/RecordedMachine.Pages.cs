using MemCore.Frames;
using MemCore.Lab.Soak;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Lab.Repro;

/// <content>What workers do as processes: through page tables, and with the pages that they are mapped to.</content>
internal sealed partial class RecordedMachine
{
    private (string, Action<TaskId>) PageOperation(RecordedStep step)
    {
        int target = step.Object;
        int number = _program.Objects[target].Number;
        long page = number % PagesPerMm;
        string name = $"page {page} of process {number / PagesPerMm}";
        return step.Kind switch
        {
            StepKind.ReadPage => Op($"read {name}", task => ReadPage(task, target, page)),
            StepKind.WritePage => Op($"write {name}", task => WritePage(task, target, page)),
            StepKind.IsolatePage => Op($"isolate {name}", task => IsolatePage(task, target, page)),
            StepKind.Discard => Op($"discard {name}", task => DiscardPage(task, target, page)),
            StepKind.Fork => Op($"fork process {number / PagesPerMm}", task => Fork(task, target)),
            StepKind.Exit => Op($"exit process {number / PagesPerMm}", ExitChild),
            StepKind.Pin => Op($"pin {name}", task => PinPage(task, target, page, step.Argument != 0)),
            _ => Op($"unpin {name}", task => UnpinPage(task, target)),
        };
    }

    // The process of a page; none before the fork that makes it, and after its exit.
    private MmId MmOf(int target)
    {
        int index = _program.Objects[target].Number / PagesPerMm;
        return index == 1 && Forks ? new MmId(Atomic.Load(ref _child[0])) : _mms[index];
    }

    private void ReadPage(TaskId task, int target, long page)
    {
        MmId mm = MmOf(target);
        if (mm.IsNone || Engine.Memories.TryRead(task, mm, page, out PageSignature found, out bool intact) != FaultResult.Done) { return; }

        // Who reads while another writes may find half of it; whoever writes alone finds what it wrote.
        Bug.If(intact && found.VirtualPage != page, ViolationKind.DataMismatch, "a page holds what nobody wrote to it");
        if (_writers[target] != task.Value) { return; }
        int version = Atomic.PlainLoad(ref _versions[target]);
        Bug.If(!intact || found.Version != (uint)version, ViolationKind.DataMismatch, "a page is not what was written last");
    }

    private void WritePage(TaskId task, int target, long page)
    {
        MmId mm = MmOf(target);
        if (mm.IsNone) { return; }
        int next = Atomic.PlainLoad(ref _versions[target]) + 1;
        if (Engine.Memories.TryWrite(task, mm, page, new PageSignature((uint)mm.Value, (uint)next, page)) == FaultResult.Done) { Atomic.PlainStore(ref _versions[target], next); }
    }

    // By a look without a lock, as the workloads do.
    private void IsolatePage(TaskId task, int target, long page)
    {
        MmId mm = MmOf(target);
        if (mm.IsNone) { return; }
        Pfn pfn = PageMover.FrameOf(Engine, mm, page);
        if (!pfn.IsNone) { Engine.Migrator.TryIsolate(task, pfn, _isolatedOf[task.Value]); }
    }

    private void MigrateOwn(TaskId task, MigrateMode mode)
    {
        FolioList list = _isolatedOf[task.Value];
        if (list.IsEmpty) { return; }
        Engine.Migrator.MigratePages(task, list, Engine.Migrator.Anywhere, mode, MigrateReason.Syscall);
        if (!list.IsEmpty) { Engine.Migrator.Putback(task, list); }
    }

    private void DiscardPage(TaskId task, int target, long page)
    {
        MmId mm = MmOf(target);
        if (mm.IsNone) { return; }
        Engine.Mms.Discard(task, mm, page, 1);
        Atomic.PlainStore(ref _versions[target], 0);
    }

    private void Fork(TaskId task, int target)
    {
        if (Atomic.Load(ref _child[0]) != 0) { return; }
        MmId child = Engine.Mms.Fork(task, MmOf(target));
        Atomic.Store(ref _child[0], child.Value);
    }

    private void ExitChild(TaskId task)
    {
        MmId child = new(Atomic.Exchange(ref _child[0], 0));
        if (!child.IsNone) { Engine.Mms.Exit(task, child); }
    }

    private void PinPage(TaskId task, int target, long page, bool write)
    {
        ref int pin = ref _pins[(task.Value * _folios.Length) + target];
        MmId mm = MmOf(target);
        if (mm.IsNone || Atomic.PlainLoad(ref pin) != 0) { return; }
        Pfn pfn = Engine.Pins.TryPin(task, mm, page, write);
        if (!pfn.IsNone) { Atomic.PlainStore(ref pin, pfn.Value + 1); }
    }

    private void UnpinPage(TaskId task, int target)
    {
        ref int pin = ref _pins[(task.Value * _folios.Length) + target];
        Pfn pfn = new(Atomic.PlainLoad(ref pin) - 1);
        if (pfn.IsNone) { return; }
        bool intact = Engine.Contents.TryRead(pfn, out PageSignature found);
        Bug.If(intact && found.VirtualPage != _program.Objects[target].Number % PagesPerMm, ViolationKind.DataMismatch, "a pinned frame holds another page", pfn.Value);
        Atomic.PlainStore(ref pin, 0);
        Engine.Pins.Unpin(task, pfn);
    }

    private int FindWriter(int target)
    {
        int writer = -1;
        for (int actor = 0; actor < _tasks; actor++)
        {
            if (!_program.Actors[actor].Any(s => s.Kind is StepKind.WritePage or StepKind.Discard or StepKind.Exit && s.Object == target)) { continue; }
            if (writer >= 0) { return -1; }
            writer = actor;
        }
        return Forks ? -1 : writer;
    }

    private void CheckPageAtRest(int target)
    {
        long page = _program.Objects[target].Number % PagesPerMm;
        PageSignature? found = ContentsAtRest(_mms[_program.Objects[target].Number / PagesPerMm], page);
        bool known = _writers[target] >= 0 || !_program.Actors.Any(a => a.Any(s => s.Kind is StepKind.WritePage or StepKind.Discard && s.Object == target));
        Bug.If(known && found is { } signature && signature.Version != (uint)_versions[target], ViolationKind.DataMismatch, "a page is not what was written last");
    }
}
