using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>A process of its own for each task: it writes its pages, moves them, and reads them back. Who remembers each last write sees a lost one.</summary>
internal sealed class MigratePrivateAnon : ProcessWorkload
{
    private const long FirstPage = 1 << 20;
    private const int Window = 32;
    private const int Reads = 12;
    private const int Writes = 6;
    private const int DrainOneIn = 16;
    private const int DiscardOneIn = 256;
    private const int RemapOneIn = 4096;
    private const int ExitOneIn = 1 << 14;

    private readonly uint[] _versions;
    private MmId _mm;

    public MigratePrivateAnon(SoakWorker worker)
        : base(worker)
    {
        _versions = new uint[World.PagesPerTask];
    }

    public override void Step()
    {
        if (_mm.IsNone && !TryBegin()) { return; }
        int first = Worker.Rng.Below(_versions.Length - Window + 1);
        for (int i = 0; i < Window; i++) { Mover.TryIsolate(_mm, FirstPage + first + i); }
        Mover.Migrate();
        for (int i = 0; i < Reads; i++) { Read(first + Worker.Rng.Below(Window)); }
        for (int i = 0; i < Writes; i++) { Write(first + Worker.Rng.Below(Window)); }
        Read(Worker.Rng.Below(_versions.Length));
        Mover.MarkAccessed(_mm, FirstPage + first + Worker.Rng.Below(Window));
        if (Worker.Rng.OneIn(DrainOneIn)) { Machine.Drain.DrainLocal(Task); }
        if (Worker.Rng.OneIn(DiscardOneIn)) { Discard(first); }
        if (Worker.Rng.OneIn(RemapOneIn)) { Remap(); }
        if (Worker.Rng.OneIn(ExitOneIn)) { Drain(); }
    }

    public override void Drain() => Exit(ref _mm);

    private bool TryBegin()
    {
        _mm = Machine.Mms.Create(Task);
        if (_mm.IsNone) { return false; }
        Array.Clear(_versions);
        if (!Machine.Mms.Map(Task, _mm, FirstPage, _versions.Length, VmaFlags.Write).IsNone) { return true; }
        Drain();
        return false;
    }

    // Nobody else has the process: what is read is what was written last, wherever the page has been meanwhile.
    private void Read(int page)
    {
        FaultResult result = UserRead(_mm, FirstPage + page, out PageSignature found, out bool intact);
        if (result == FaultResult.Done && intact && found == Expected(page)) { return; }
        if (result != FaultResult.NoMemory) { Mismatch(_mm, FirstPage + page, result == FaultResult.Refused ? "a mapped page refuses to be read" : "a private page is not what was written last"); }
    }

    private void Write(int page)
    {
        PageSignature next = Expected(page) with { Version = _versions[page] + 1 };
        if (TryUserWrite(_mm, FirstPage + page, next)) { _versions[page] = next.Version; }
    }

    // A page that was given up is fresh when it is touched again.
    private void Discard(int first)
    {
        Discard(_mm, FirstPage + first, Window);
        Array.Clear(_versions, first, Window);
    }

    private void Remap()
    {
        long began = Worker.Stats.Begin(Operation.Unmap, _mm, FirstPage, _versions.Length);
        Machine.Mms.Unmap(Task, _mm, FirstPage, _versions.Length);
        Worker.Stats.End(Operation.Unmap, began);
        Array.Clear(_versions);
        if (Machine.Mms.Map(Task, _mm, FirstPage, _versions.Length, VmaFlags.Write).IsNone) { Drain(); }
    }

    private PageSignature Expected(int page) => new((uint)_mm.Value, _versions[page], FirstPage + page);
}
