using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Lab.Soak.Workloads;

/// <summary>References to folios that die and are reborn: speculative gets, freezes, and last puts by whoever comes last.</summary>
/// <remarks>
/// A slot of <see cref="RefSlots"/> names a folio, its life, and owns one reference. Readers get at the folio without a lock, as the
/// kernel's page cache look-up does; who swaps the slot out owns its reference, and freezes or replaces the folio.
/// </remarks>
internal sealed class RefStorm : SoakWorkload
{
    /// <summary>Of a put in the ring: the reference was the holder's own, taken before, not the slot's.</summary>
    public const int DroppedByHolder = 2;

    private const int HeldMost = 64;

    private readonly FrameAllocator _allocator;
    private readonly Folios _folios;
    private readonly FrameTable _frames;
    private readonly FrameContents _contents;
    private readonly RefSlots _slots;
    private readonly TaskId _task;
    private readonly long[] _held = new long[HeldMost];
    private readonly int[] _heldSlot = new int[HeldMost];
    private int _count;
    private uint _version;

    public RefStorm(SoakWorker worker)
        : base(worker)
    {
        _allocator = World.Machine.Allocator;
        _folios = World.Machine.Folios;
        _frames = World.Machine.Frames;
        _contents = World.Machine.Contents;
        _slots = World.RefSlots;
        _task = worker.Task;
    }

    public override void Step()
    {
        for (int i = 0; i < StepOperations; i++)
        {
            // Half of all accesses go to eight slots.
            int draw = Worker.Rng.Below(1 << 12);
            int slot = (draw & 1) == 0 ? Worker.Rng.Below(RefSlots.Hot) : Worker.Rng.Below(RefSlots.Slots);
            switch (draw >> 8)
            {
                case 0 or 1 or 2:
                    Replace(slot);
                    break;
                case 3 or 4:
                    Freeze(slot);
                    break;
                case 5:
                    GetImported();
                    break;
                default:
                    Read(slot);
                    break;
            }
        }
    }

    public override void ShowHoldings(List<HeldFolio> holdings)
    {
        for (int i = 0; i < _count; i++)
        {
            holdings.Add(new HeldFolio(RefSlots.HandleOf(_held[i]).Pfn, 1, Order: 0, IsPlain: false, IsLocked: false, _task.Value));
        }
    }

    public override void Drain()
    {
        while (_count > 0) { Drop(_count - 1); }
    }

    private void Read(int slot)
    {
        long word = _slots.Read(slot);
        if (word == 0) { return; }
        FolioHandle handle = RefSlots.HandleOf(word);
        long began = Worker.Stats.Begin(Operation.TryGet, handle.Pfn, FlightPlace.Slot(slot));
        bool got = _frames.Ref(handle.Pfn).TryGet();
        Worker.Stats.End(Operation.TryGet, began, got);
        if (!got)
        {
            Worker.Stats.Saw(Sighting.TryGetOnDeadFrame);
            return;
        }
        if (!_frames.IsSameLife(handle))
        {
            // A reference to whatever lives there now: lawful, of no use, and perhaps the last one when it goes.
            Worker.Stats.Saw(Sighting.TryGetInOtherLife);
            _folios.Put(_task, handle.Pfn);
            return;
        }
        World.Takers.Note(_task, handle.Pfn, Operation.TryGet);
        VerifyContents(handle, slot);
        if (_count == HeldMost) { Drop(Worker.Rng.Below(HeldMost)); }
        _held[_count] = word;
        _heldSlot[_count++] = slot;
        if (Worker.Rng.OneIn(2)) { Drop(Worker.Rng.Below(_count)); }
    }

    private void Drop(int index)
    {
        long word = _held[index];
        FolioHandle handle = RefSlots.HandleOf(word);
        int slot = _heldSlot[index];
        if (index < --_count) { (_held[index], _heldSlot[index]) = (_held[_count], _heldSlot[_count]); }
        if (Plant.Is(PlantedBug.LeakReference) && Worker.Rng.OneIn(256)) { return; }
        long began = Worker.Stats.Begin(Operation.Put, handle.Pfn, FlightPlace.Slot(slot), DroppedByHolder);
        _frames.VerifyAlive(handle);
        VerifyContents(handle, slot);
        Release(word);
        Worker.Stats.End(Operation.Put, began);
    }

    // A new folio takes the slot, and the old one loses the slot's reference.
    private void Replace(int slot)
    {
        int order = Worker.Rng.OneIn(8) ? 1 + Worker.Rng.Below(3) : 0;
        long began = Worker.Stats.Begin(Operation.Alloc, Pfn.None, FlightPlace.Slot(slot), order);
        Pfn pfn = _allocator.AllocateFolio(_task, order, MigrateType.Movable);
        Worker.Stats.End(Operation.Alloc, began, pfn);
        if (pfn.IsNone) { return; }
        World.Takers.Note(_task, pfn, Operation.Alloc);
        _contents.Stamp(pfn, new PageSignature((uint)_task.Value, ++_version, RefSlots.VirtualPageOf(slot)));
        long old = _slots.Exchange(slot, RefSlots.Pack(_frames.Handle(pfn), _task));
        if (old != 0) { Put(old, slot); }
    }

    // The slot's reference is the only one, or somebody else holds the folio too.
    private void Freeze(int slot)
    {
        long word = _slots.Exchange(slot, 0);
        if (word == 0) { return; }
        FolioHandle handle = RefSlots.HandleOf(word);
        long began = Worker.Stats.Begin(Operation.Freeze, handle.Pfn, FlightPlace.Slot(slot));
        bool frozen = _frames.Ref(handle.Pfn).TryFreeze(1);
        if (frozen)
        {
            _contents.Stamp(handle.Pfn, new PageSignature((uint)_task.Value, ++_version, RefSlots.VirtualPageOf(slot)));
            _frames.Ref(handle.Pfn).Unfreeze(1);
        }
        Worker.Stats.End(Operation.Freeze, began, frozen);
        Worker.Stats.Saw(frozen ? Sighting.FreezeDone : Sighting.FreezeRefused);
        if (!_slots.TryFill(slot, word)) { Put(word, slot); }
    }

    // A frame of the host may be free or another's by now: then the reference is refused, or of no use.
    private void GetImported()
    {
        Pfn pfn = World.LockTargets.Imported(ref Worker.Rng);
        if (pfn.IsNone) { return; }
        long began = Worker.Stats.Begin(Operation.TryGet, pfn);
        bool got = _frames.Ref(pfn).TryGet();
        Worker.Stats.End(Operation.TryGet, began, got);
        if (!got) { return; }
        World.Takers.Note(_task, pfn, Operation.TryGet);
        began = Worker.Stats.Begin(Operation.Put, pfn, default, DroppedByHolder);
        _folios.Put(_task, pfn);
        Worker.Stats.End(Operation.Put, began);
    }

    // The slot's reference.
    private void Put(long word, int slot)
    {
        long began = Worker.Stats.Begin(Operation.Put, RefSlots.HandleOf(word).Pfn, FlightPlace.Slot(slot));
        Release(word);
        Worker.Stats.End(Operation.Put, began);
    }

    private void Release(long word)
    {
        Pfn pfn = RefSlots.HandleOf(word).Pfn;
        if (!_frames.Ref(pfn).PutTestZero()) { return; }
        if (!RefSlots.IsMadeBy(word, _task)) { Worker.Stats.Saw(Sighting.LastPutByOther); }
        _allocator.Release(_task, pfn);
    }

    private void VerifyContents(FolioHandle handle, int slot)
    {
        bool read = _contents.TryRead(handle.Pfn, out PageSignature found);
        Bug.If(!read || found.VirtualPage != RefSlots.VirtualPageOf(slot),
            ViolationKind.DataMismatch, "contents changed under a reference", handle.Pfn.Value);
    }
}
