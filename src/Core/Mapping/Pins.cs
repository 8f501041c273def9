using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>GUP pins: a reference on the frame behind a page that outlives the mapping. An order-0 pin counts 1,024.</summary>
/// <remarks>A pin of a large folio is one reference, which nothing tells from another: such folios are neither forked nor migrated.
/// A pin for reading does not unshare: of a page that is shared copy-on-write it names the folio that is there now, and a later write of the
/// process may go to a copy. The kernel since 5.19 unshares first.</remarks>
internal sealed class Pins(EngineBase engine, Mms mms, PageTables tables, PageFaults faults, Folios folios)
{
    public const int Bias = 1024;

    /// <summary>Pins the frame behind a page: fast without a lock, else by a fault. Pfn.None: refused or no memory. Blocking as a fault is.</summary>
    public Pfn TryPin(TaskId task, MmId mm, long page, bool write)
    {
        int root = mms.RootOf(mm);
        Pfn pfn = TryPinFast(task, root, page, write);
        EventCounter way = EventCounter.PinFast;
        while (pfn.IsNone)
        {
            way = EventCounter.PinSlow;
            if (faults.Fault(task, mm, page, write) is FaultResult.Refused or FaultResult.NoMemory)
            {
                engine.Events.Count(task, EventCounter.PinFailed);
                return Pfn.None;
            }
            pfn = TryPinFast(task, root, page, write);
        }
        engine.Ledger.Take(task, engine.Frames.HeadOf(pfn), RefHolder.Pin);
        engine.Events.Count(task, way);
        return pfn;
    }

    /// <summary>Gives a pin back, of the frame that <see cref="TryPin"/> returned. Any task may.</summary>
    public void Unpin(TaskId task, Pfn frame)
    {
        Pfn head = engine.Frames.HeadOf(frame);
        engine.Ledger.Drop(task, head, RefHolder.Pin);
        folios.Put(task, head, References(engine.Frames.OrderOf(head)));
    }

    /// <summary>folio_maybe_dma_pinned: the count says that somebody may have pinned it.</summary>
    public bool MaybePinned(Pfn head) => MaybePinned(engine.Frames, head);

    /// <summary>As above. Means something when the caller has made the entry unfit for a pin before.</summary>
    public static bool MaybePinned(FrameTable frames, Pfn head) => frames.Ref(head).CountUnsafe >= Bias;

    // Raise the count, then look at the entry again: who changes the entry changes it first and reads the count after, so one sees the other.
    private Pfn TryPinFast(TaskId task, int root, long page, bool write)
    {
        PteSlot slot = tables.Find(root, page);
        if (slot.IsNone) { return Pfn.None; }
        Pte pte = tables.Read(slot);
        if (!Permits(pte, write)) { return Pfn.None; }
        FrameTable frames = engine.Frames;
        Pfn pfn = pte.IsHuge ? pte.Pfn + (int)(page & (tables.TablePages - 1)) : pte.Pfn;
        Pfn head = frames.HeadOf(pfn);
        int references = References(frames.OrderOf(head));
        if (!frames.Ref(head).TryGet(references)) { return Pfn.None; }

        // Pairs with Rmap.Unmap and ForkCopy.CopyPresent: the count was raised before the entry is read again.
        Pte now = tables.Read(slot);
        bool same = now.Pfn == pte.Pfn && now.IsHuge == pte.IsHuge && Permits(now, write)
            && frames.HeadOf(pfn) == head && References(frames.OrderOf(head)) == references;
        if (same || Plant.Is(PlantedBug.PinWithoutRecheck)) { return pfn; }
        folios.Put(task, head, references);
        return Pfn.None;
    }

    private static bool Permits(Pte pte, bool write) => pte.IsPresent && (!write || pte.IsWritable);

    private static int References(int order) => order == 0 ? Bias : 1;
}
