using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Migration;
using MemCore.Primitives;
using MemCore.Reclaim;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Compacts the zones, the host's own pages with them, while a balloon grows and shrinks and large blocks are taken.</summary>
internal sealed class Compact : SoakWorkload
{
    private const int BalloonBatch = 16;
    private const int HeldMost = 8;
    private const int LeastOrder = 3;
    private const int RoundsMost = 8;
    private const int RunOneIn = 64;

    private readonly Machine _machine;
    private readonly TaskId _task;
    private readonly long[] _held = new long[HeldMost];
    private readonly int _balloonMost;
    private int _count;
    private uint _version;

    public Compact(SoakWorker worker)
        : base(worker)
    {
        _machine = World.Machine;
        _task = worker.Task;
        _balloonMost = World.BalloonPages;
    }

    public override void Step()
    {
        int zone = Worker.Rng.Below(_machine.Lru.Nodes);
        int draw = Worker.Rng.Below(16);
        if (draw < 8) { CompactZone(zone); }
        else if (draw < 12) { ChangeBalloon(); }
        else { TakeBlock(zone); }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        for (int i = 0; i < _count; i++) { holdings.Add(new HeldBlock(_held[i]).ForAudit(_task)); }
    }

    public override void Drain()
    {
        while (_count > 0) { GiveBlock(); }
    }

    private void CompactZone(int zone)
    {
        MigrateMode mode = Worker.Rng.OneIn(4) ? MigrateMode.SyncLight : MigrateMode.Async;
        int order = Worker.Rng.OneIn(2) ? Compaction.WholeZone : FrameTable.MaxOrder - 1;
        CompactResult result = CompactResult.Continue;
        for (int i = 0; i < RoundsMost && result == CompactResult.Continue; i++)
        {
            long began = Worker.Stats.Begin(Operation.Compact, zone);
            result = _machine.Compaction.Step(_task, zone, order, mode);
            Worker.Stats.End(Operation.Compact, began, result != CompactResult.Contended);
        }
        if (result == CompactResult.Success) { Worker.Stats.Saw(Sighting.CompactionMadeBlock); }
    }

    private void ChangeBalloon()
    {
        bool inflate = _machine.Balloon.Pages < _balloonMost && Worker.Rng.OneIn(2);
        for (int i = 0; i < BalloonBatch; i++)
        {
            long began = Worker.Stats.Begin(inflate ? Operation.BalloonInflate : Operation.BalloonDeflate);
            bool done = inflate ? _machine.Balloon.Inflate(_task) : _machine.Balloon.Deflate(_task);
            Worker.Stats.End(inflate ? Operation.BalloonInflate : Operation.BalloonDeflate, began, done);
        }
    }

    // As who wants a large block does: tries, compacts, tries again.
    private void TakeBlock(int zone)
    {
        if (_count == HeldMost || Worker.Rng.OneIn(2))
        {
            if (_count > 0) { GiveBlock(); }
            return;
        }
        int order = LeastOrder + Worker.Rng.Below(FrameTable.MaxOrder - LeastOrder + 1);
        Pfn pfn = Allocate(order);
        if (pfn.IsNone && Worker.Rng.OneIn(RunOneIn))
        {
            long began = Worker.Stats.Begin(Operation.CompactRun, zone);
            CompactResult result = _machine.Compaction.Run(_task, zone, order, MigrateMode.Async);
            Worker.Stats.End(Operation.CompactRun, began, result == CompactResult.Success);
            pfn = Allocate(order);
        }
        if (!pfn.IsNone) { _held[_count++] = HeldBlock.Of(pfn, order, plain: false, stamped: false, ++_version).Raw; }
    }

    private Pfn Allocate(int order)
    {
        long began = Worker.Stats.Begin(Operation.Alloc, order);
        Pfn pfn = _machine.Allocator.AllocateFolio(_task, order, MigrateType.Movable);
        Worker.Stats.End(Operation.Alloc, began, pfn);
        return pfn;
    }

    private void GiveBlock()
    {
        HeldBlock block = new(_held[--_count]);
        long began = Worker.Stats.Begin(Operation.Free, block.Pfn, default, block.Order);
        HeldBlocks.GiveBack(_machine.Allocator, _machine.Frames, _task, block);
        Worker.Stats.End(Operation.Free, began);
    }
}
