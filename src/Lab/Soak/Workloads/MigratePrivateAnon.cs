using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>A process of its own for each task: it writes its pages, moves them, and reads them back. Who remembers each last write sees a lost one.</summary>
internal sealed class MigratePrivateAnon : SoakWorkload
{
    private const long FirstPage = 1 << 20;
    private const int Window = 32;
    private const int Reads = 12;
    private const int Writes = 6;
    private const int DrainOneIn = 16;
    private const int DiscardOneIn = 256;
    private const int RemapOneIn = 4096;
    private const int ExitOneIn = 1 << 14;

    private readonly Machine _machine;
    private readonly PageMover _mover;
    private readonly TaskId _task;
    private readonly uint[] _versions;
    private MmId _mm;

    public MigratePrivateAnon(SoakWorker worker)
        : base(worker)
    {
        _machine = World.Machine;
        _mover = new PageMover(worker);
        _task = worker.Task;
        _versions = new uint[World.PagesPerTask];
    }

    public override void Step()
    {
        if (_mm.IsNone && !TryBegin()) { return; }
        int first = Worker.Rng.Below(_versions.Length - Window + 1);
        for (int i = 0; i < Window; i++) { _mover.TryIsolate(_mm, FirstPage + first + i); }
        _mover.Migrate();
        for (int i = 0; i < Reads; i++) { Read(first + Worker.Rng.Below(Window)); }
        for (int i = 0; i < Writes; i++) { Write(first + Worker.Rng.Below(Window)); }
        Read(Worker.Rng.Below(_versions.Length));
        _mover.MarkAccessed(_mm, FirstPage + first + Worker.Rng.Below(Window));
        if (Worker.Rng.OneIn(DrainOneIn)) { _machine.Drain.DrainLocal(_task); }
        if (Worker.Rng.OneIn(DiscardOneIn)) { Discard(first); }
        if (Worker.Rng.OneIn(RemapOneIn)) { Remap(); }
        if (Worker.Rng.OneIn(ExitOneIn)) { Drain(); }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        // What the task has is mapped: the page table says so.
    }

    public override void Drain()
    {
        if (_mm.IsNone) { return; }
        long began = Worker.Stats.Begin();
        _machine.Mms.Exit(_task, _mm);
        Worker.Stats.End(Operation.Exit, began);
        _mm = default;
    }

    private bool TryBegin()
    {
        _mm = _machine.Mms.Create(_task);
        if (_mm.IsNone) { return false; }
        Array.Clear(_versions);
        if (!_machine.Mms.Map(_task, _mm, FirstPage, _versions.Length, VmaFlags.Write).IsNone) { return true; }
        Drain();
        return false;
    }

    // Nobody else has the process: what is read is what was written last, wherever the page has been meanwhile.
    private void Read(int page)
    {
        long began = Worker.Stats.Begin();
        FaultResult result = _machine.Memories.TryRead(_task, _mm, FirstPage + page, out PageSignature found, out bool intact);
        Worker.Stats.End(Operation.UserRead, began, result == FaultResult.Done);
        if (result == FaultResult.Done && intact && found == Expected(page)) { return; }
        if (result != FaultResult.NoMemory) { Raise(page, result == FaultResult.Refused ? "a mapped page refuses to be read" : "a private page is not what was written last"); }
    }

    private void Write(int page)
    {
        PageSignature next = Expected(page) with { Version = _versions[page] + 1 };
        long began = Worker.Stats.Begin();
        FaultResult result = _machine.Memories.TryWrite(_task, _mm, FirstPage + page, next);
        Worker.Stats.End(Operation.UserWrite, began, result == FaultResult.Done);
        if (result == FaultResult.Done) { _versions[page] = next.Version; }
        else if (result == FaultResult.Refused) { Raise(page, "a mapped page refuses to be written"); }
    }

    // A page that was given up is fresh when it is touched again.
    private void Discard(int first)
    {
        long began = Worker.Stats.Begin();
        _machine.Mms.Discard(_task, _mm, FirstPage + first, Window);
        Worker.Stats.End(Operation.Unmap, began);
        Array.Clear(_versions, first, Window);
    }

    private void Remap()
    {
        long began = Worker.Stats.Begin();
        _machine.Mms.Unmap(_task, _mm, FirstPage, _versions.Length);
        Worker.Stats.End(Operation.Unmap, began);
        Array.Clear(_versions);
        if (_machine.Mms.Map(_task, _mm, FirstPage, _versions.Length, VmaFlags.Write).IsNone) { Drain(); }
    }

    private PageSignature Expected(int page) => new((uint)_mm.Value, _versions[page], FirstPage + page);

    private void Raise(int page, string what) => Bug.If(true, ViolationKind.DataMismatch, what, PageMover.FrameOf(_machine, _mm, FirstPage + page).Value);
}
