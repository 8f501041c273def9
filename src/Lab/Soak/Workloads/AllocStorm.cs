using System.Numerics;
using System.Runtime.CompilerServices;
using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>Allocates and frees blocks of all orders and types; some are freed by other tasks; now and then takes all there is.</summary>
internal sealed class AllocStorm : SoakWorkload
{
    private const int Steady = 192;
    private const int FirstHoardStep = 300;
    private const int HoardStepsApart = 1 << 17;
    private const int StampOneIn = 8;
    private const int OrderDraws = 1024;

    private static readonly byte[] s_orders = MakeOrders();

    private readonly FrameAllocator _allocator;
    private readonly FrameTable _frames;
    private readonly FrameContents _contents;
    private readonly HandoffRings _rings;
    private readonly Hoard _hoard;
    private readonly TaskId _task;
    private readonly long[] _held = new long[Steady + StepOperations];
    private readonly bool _stampAll;
    private int _count;
    private uint _version;
    private long _steps;
    private int _hoardOrder = -1;

    public AllocStorm(SoakWorker worker)
        : base(worker)
    {
        _allocator = World.Machine.Allocator;
        _frames = World.Machine.Frames;
        _contents = World.Machine.Contents;
        _rings = World.Rings;
        _hoard = World.Hoard;
        _task = worker.Task;
        _stampAll = World.Options.Checked;
        _steps = -Worker.Rng.Below(FirstHoardStep);
    }

    public override void Step()
    {
        Receive();
        if (_hoardOrder >= 0)
        {
            TakeAll();
            return;
        }
        for (int i = 0; i < StepOperations / 2; i++)
        {
            ulong draw = Worker.Rng.Next();
            long block = Allocate(s_orders[draw & (OrderDraws - 1)], TypeOf((uint)(draw >> 10) & 0xff), draw >> 18);
            if (block != 0) { _held[_count++] = block; }
            if (_count > Steady) { FreeOne(draw >> 40); }
        }
        if (_count > Steady) { FreeOne(Worker.Rng.Next()); }
        if (++_steps % HoardStepsApart == FirstHoardStep && _hoard.TryBegin(_task)) { _hoardOrder = FrameTable.MaxOrder; }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        for (int i = 0; i < _count; i++) { Show(holdings, new HeldBlock(_held[i])); }
        if (_hoardOrder < 0) { return; }
        for (int i = 0; i < _hoard.Count; i++) { Show(holdings, new HeldBlock(_hoard[i])); }
    }

    public override void Drain()
    {
        EndHoard();
        while (_count > 0) { Free(_held[--_count]); }
        Receive();
    }

    // The block, or 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long Allocate(int order, MigrateType type, ulong draw)
    {
        bool plain = order > 0 && (draw & 3) == 0;
        long began = Worker.Stats.Begin(Operation.Alloc, order);
        Pfn pfn = plain ? _allocator.Allocate(_task, order, type) : _allocator.AllocateFolio(_task, order, type);
        Worker.Stats.End(Operation.Alloc, began, pfn);
        if (pfn.IsNone)
        {
            if (order == 0) { Worker.Stats.Saw(Sighting.MemoryExhausted); }
            return 0;
        }
        if (order == FrameTable.MaxOrder) { Worker.Stats.Saw(Sighting.Order10Allocated); }
        if (_stampAll) { World.Takers.Note(_task, pfn, Operation.Alloc); }
        bool stamp = _stampAll || (draw & (StampOneIn - 1)) == 0;
        HeldBlock block = HeldBlock.Of(pfn, order, plain, stamp, ++_version);
        if (stamp) { Stamp(block); }
        return block.Raw;
    }

    // The latest, or now and then any; one in sixty-four goes to another task.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void FreeOne(ulong draw)
    {
        int last = --_count;
        if ((draw & 7) == 0)
        {
            int any = (int)((draw >> 8 & 0xffff) % (uint)(_count + 1));
            (_held[any], _held[last]) = (_held[last], _held[any]);
        }
        long entry = _held[last];
        if ((draw & 0x3f0) == 0 && _rings.Peers > 0 && _rings.TrySend(_task, (int)(draw >> 32 & 0xff) % _rings.Peers, entry)) { return; }
        Free(entry);
    }

    private void Receive()
    {
        for (int peer = 0; peer < _rings.Peers; peer++)
        {
            while (_rings.TryReceive(_task, peer, out long entry))
            {
                Free(entry, sameOwner: false);
                Worker.Stats.Saw(Sighting.FreedForOther);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Free(long entry, bool sameOwner = true)
    {
        HeldBlock block = new(entry);
        if (block.IsStamped) { Verify(block, sameOwner); }
        long began = Worker.Stats.Begin(Operation.Free, block.Pfn, default, block.Order);
        HeldBlocks.GiveBack(_allocator, _frames, _task, block);
        Worker.Stats.End(Operation.Free, began);
    }

    // Largest blocks first, so that as much as possible is gone.
    private void TakeAll()
    {
        for (int i = 0; i < StepOperations && !_hoard.IsFull; i++)
        {
            long block = Allocate(_hoardOrder, MigrateType.Movable, Worker.Rng.Next());
            if (block != 0) { _hoard.Push(block); }
            else if (--_hoardOrder < 0) { break; }
        }
        if (_hoardOrder < 0 || _hoard.IsFull)
        {
            _hoardOrder = 0;
            EndHoard();
        }
    }

    private void EndHoard()
    {
        if (_hoardOrder < 0) { return; }
        while (_hoard.Count > 0) { Free(_hoard.Pop()); }
        _hoardOrder = -1;
        _hoard.End();
    }

    private void Show(List<HeldFolio> holdings, HeldBlock block) => holdings.Add(block.ForAudit(_task) with { Contents = ContentsOf(block) });

    private void Stamp(HeldBlock block)
    {
        uint owner = (uint)_task.Value;
        int frames = _stampAll ? 1 << block.Order : 1;
        for (int i = 0; i < frames; i++) { _contents.Stamp(block.Pfn + i, block.Signature(owner, block.Pfn + i)); }
    }

    // The audit looks at every frame of the block, so all must be stamped.
    private PageSignature? ContentsOf(HeldBlock block) =>
        block.IsStamped && (_stampAll || block.Order == 0) ? block.Signature((uint)_task.Value, block.Pfn) : null;

    private void Verify(HeldBlock block, bool sameOwner)
    {
        int frames = _stampAll ? 1 << block.Order : 1;
        for (int i = 0; i < frames; i++)
        {
            Pfn pfn = block.Pfn + i;
            if (sameOwner)
            {
                _contents.Verify(pfn, block.Signature((uint)_task.Value, pfn));
                continue;
            }
            bool read = _contents.TryRead(pfn, out PageSignature found);
            Bug.If(!read || found.VirtualPage != pfn.Value || (found.Version & 0xff_ffff) != block.Version,
                ViolationKind.DataMismatch, "contents of a block that was handed over are not what its task wrote", pfn.Value);
        }
    }

    // 987 of 1,024 are single frames; half as many of each order up to 5, and one each of 6 to 10: a step still has one of more than a frame.
    private static byte[] MakeOrders()
    {
        byte[] orders = new byte[OrderDraws];
        for (int i = 0; i < 32; i++) { orders[i] = (byte)Math.Min(5, 1 + BitOperations.TrailingZeroCount(i | 0x20)); }
        for (int order = 6; order <= FrameTable.MaxOrder; order++) { orders[26 + order] = (byte)order; }
        return orders;
    }

    private static MigrateType TypeOf(uint draw) => draw switch
    {
        0 => MigrateType.HighAtomic,
        < 40 => MigrateType.Unmovable,
        < 60 => MigrateType.Reclaimable,
        _ => MigrateType.Movable,
    };
}
