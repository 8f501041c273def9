using MemCore.Audit;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Threads of one process pin its pages for a while and write through the pins, while they all try to move them.</summary>
internal sealed class PinVsMigrate : ProcessWorkload
{
    private const long FirstPage = PinnedProcesses.FirstPage;
    private const int PinsMost = 24;
    private const int Window = 16;
    private const int Turns = 8;
    private const int DiscardOneIn = 128;
    private const int DrainOneIn = 16;

    private readonly PinnedProcesses _processes;
    private readonly MmId _mm;
    private readonly uint[] _versions; // of the pages that this task writes
    private readonly Pin[] _pins = new Pin[PinsMost];
    private int _count;

    public PinVsMigrate(SoakWorker worker)
        : base(worker)
    {
        _processes = World.Pinned;
        _mm = _processes.Of(Task);
        _versions = new uint[_processes.Pages];
    }

    public override void Step()
    {
        int first = Worker.Rng.Below(_processes.Pages - Window + 1);
        for (int i = 0; i < Window; i++) { Mover.TryIsolate(_mm, FirstPage + first + i); }
        Mover.Migrate();
        for (int i = 0; i < Turns; i++)
        {
            int page = first + Worker.Rng.Below(Window);
            if (_count == PinsMost || Worker.Rng.OneIn(2)) { UnpinAny(); }
            if (_processes.IsWriter(Task, page)) { Write(page); }
            Read(page);
            TryPin(page);
            if (_count > 0) { CheckPin(_pins[Worker.Rng.Below(_count)]); }
        }
        if (Worker.Rng.OneIn(DrainOneIn)) { Machine.Drain.DrainLocal(Task); }
        if (Worker.Rng.OneIn(DiscardOneIn)) { Discard(first + Worker.Rng.Below(Window)); }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        for (int i = 0; i < _count; i++) { holdings.Add(HeldFolio.Pinned(_pins[i].Pfn, Pins.Bias, Task.Value)); }
    }

    public override void Drain()
    {
        while (_count > 0) { UnpinAny(); }
    }

    private void TryPin(int page)
    {
        bool own = _processes.IsWriter(Task, page);
        long began = Worker.Stats.Begin(Operation.Pin, _mm, FirstPage + page, own ? 1 : 0);
        Pfn pfn = Machine.Pins.TryPin(Task, _mm, FirstPage + page, write: own);
        Worker.Stats.End(Operation.Pin, began, pfn);
        if (!pfn.IsNone) { _pins[_count++] = new Pin(pfn, page, own, 0); }
    }

    private void UnpinAny()
    {
        if (_count == 0) { return; }
        int any = Worker.Rng.Below(_count);
        CheckPin(_pins[any]);
        Pfn pfn = _pins[any].Pfn;
        _pins[any] = _pins[--_count];
        long began = Worker.Stats.Begin(Operation.Unpin, pfn);
        Machine.Pins.Unpin(Task, pfn);
        Worker.Stats.End(Operation.Unpin, began);
    }

    // Other threads move what they like: a pinned frame stays the page's, and what its writer wrote is in it.
    private void CheckPin(in Pin pin)
    {
        bool intact = Machine.Contents.TryRead(pin.Pfn, out PageSignature found);
        if (!pin.IsOwn)
        {
            Bug.If(intact && (found.Owner != (uint)_mm.Value || found.VirtualPage != FirstPage + pin.Page), ViolationKind.DataMismatch, "a pinned frame holds another page", pin.Pfn.Value);
            return;
        }
        uint version = pin.Orphan == 0 ? _versions[pin.Page] : pin.Orphan - 1;
        Bug.If(!intact || found != Expected(pin.Page) with { Version = version }, ViolationKind.DataMismatch, "a pinned frame is not what was written last", pin.Pfn.Value);
        if (pin.Orphan != 0) { return; }
        Pfn mapped = PageMover.FrameOf(Machine, _mm, FirstPage + pin.Page);
        Bug.If(!mapped.IsNone && mapped != pin.Pfn, ViolationKind.DataMismatch, "a pinned page was moved", pin.Pfn.Value);
    }

    // Through the page, or through a pin of it as a device would.
    private void Write(int page)
    {
        PageSignature next = Expected(page) with { Version = _versions[page] + 1 };
        for (int i = 0; i < _count; i++)
        {
            if (_pins[i].Page != page || _pins[i].Orphan != 0) { continue; }
            Machine.Contents.Stamp(_pins[i].Pfn, next);
            _versions[page] = next.Version;
            return;
        }
        if (TryUserWrite(_mm, FirstPage + page, next)) { _versions[page] = next.Version; }
    }

    private void Read(int page)
    {
        if (UserRead(_mm, FirstPage + page, out PageSignature found, out bool intact) != FaultResult.Done) { return; }
        bool right = _processes.IsWriter(Task, page)
            ? intact && found == Expected(page)
            : !intact || (found.Owner == (uint)_mm.Value && found.VirtualPage == FirstPage + page);
        if (!right) { Mismatch(_mm, FirstPage + page, "a page that is pinned and moved is not what was written last"); }
    }

    // A pin keeps the frame as it is; the page itself is fresh when it is touched again.
    private void Discard(int page)
    {
        if (!_processes.IsWriter(Task, page)) { return; }
        Discard(_mm, FirstPage + page, 1);
        for (int i = 0; i < _count; i++)
        {
            if (_pins[i].Page == page && _pins[i].Orphan == 0) { _pins[i] = _pins[i] with { Orphan = _versions[page] + 1 }; }
        }
        _versions[page] = 0;
    }

    private PageSignature Expected(int page) => new((uint)_mm.Value, _versions[page], FirstPage + page);

    /// <param name="Pfn">The frame.</param>
    /// <param name="Page">Of which page it was when it was pinned.</param>
    /// <param name="IsOwn">This task writes to the page.</param>
    /// <param name="Orphan">0: the page is still there; else one more than the version it had when it was discarded.</param>
    private readonly record struct Pin(Pfn Pfn, int Page, bool IsOwn, uint Orphan);
}
