using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Copies the entries of a VMA into a child's page table: both read what was there, who writes first copies.</summary>
/// <remarks>
/// The parent's mmap lock is held alone, and the child's VMA is already linked where the reverse map finds it, behind the parent's:
/// a walk that has restored the parent's entry finds the child's copy of what it was before, or the copy was made of the restored one.
/// </remarks>
internal sealed class ForkCopy(EngineBase engine, PageTables tables, Rmap rmap, Tlb tlb, Folios folios, LruBatches batches, FrameAllocator allocator, FrameContents contents)
{
    /// <summary>False: no table or frame is to be had; what was copied is the child's. The parent's flushes are deferred.</summary>
    public bool Copy(TaskId task, Vma parent, VmaId childId, Vma child)
    {
        Pfn spare = Pfn.None;
        long page = parent.Start;
        while (page < parent.End)
        {
            long next = Math.Min((page | (uint)(tables.TablePages - 1)) + 1, parent.End);
            PteSlot from = tables.Find(parent.Root, page);
            if (from.IsNone || from.Level != 0)
            {
                page = next;
                continue;
            }
            PteSlot to = tables.FindOrCreate(task, child.Root, page);
            if (to.IsNone) { return GiveUp(task, spare); }
            page = CopyInTable(task, parent, childId, from, to, page, next, ref spare);
            if (page == next) { continue; }
            spare = allocator.Allocate(task, 0, MigrateType.Movable);
            if (spare.IsNone) { return false; }
        }
        if (!spare.IsNone) { folios.Put(task, spare); }
        return true;
    }

    // Returns where to go on: before the end when a page must be copied now and there is no spare frame.
    private long CopyInTable(TaskId task, Vma parent, VmaId childId, PteSlot from, PteSlot to, long page, long end, ref Pfn spare)
    {
        WordLock parentLock = tables.LockOf(from);
        WordLock childLock = tables.LockOf(to, nested: true);
        parentLock.Lock(task);
        childLock.Lock(task);
        while (page < end)
        {
            Pte pte = tables.Read(from);
            bool done = pte.IsNone
                || (pte.IsMigration ? CopyMigration(task, parent, from, to, pte, page) : CopyPresent(task, parent, childId, from, to, pte, page, ref spare));
            if (!done) { break; }
            page++;
            from = Next(from);
            to = Next(to);
        }
        childLock.Unlock(task);
        parentLock.Unlock(task);
        return page;
    }

    // Neither a reference nor a map count: both entries wait for the same migration. What was private is shared by both now.
    private bool CopyMigration(TaskId task, Vma parent, PteSlot from, PteSlot to, Pte pte, long page)
    {
        Pte copy = pte;
        if ((parent.Flags & VmaFlags.Shared) == 0 && pte.Kind != MigrationKind.Read && !Plant.Is(PlantedBug.ForkEntryKeepsWrite))
        {
            copy = Pte.Migration(pte.Pfn, MigrationKind.Read, pte.IsYoung, pte.IsDirty);
            tables.Set(from, copy);

            // The migration may still have the flush of what was here before to do: the parent must not write through that translation.
            if (!Plant.Is(PlantedBug.ForkEntryWithoutFlush)) { tlb.DeferFlush(task, parent.Mm, page); }
        }
        tables.Set(to, copy);
        engine.Events.Count(task, EventCounter.MigrationEntryForked);
        return true;
    }

    private bool CopyPresent(TaskId task, Vma parent, VmaId childId, PteSlot from, PteSlot to, Pte pte, long page, ref Pfn spare)
    {
        FrameTable frames = engine.Frames;
        Pfn pfn = pte.Pfn;
        Pfn head = frames.HeadOf(pfn);
        long mapping = frames.Mapping(head).Raw;
        bool anon = MappingWord.IsAnon(mapping);
        Bug.If(MappingWord.TagOf(mapping) == MappingTag.Ksm, ViolationKind.Unexpected, "merged page in a VMA that is not marked so", pfn.Value);
        if (anon)
        {
            // Pairs with Pins.TryPinFast: first nobody can pin the page for writing any more without a fault, then pins are counted.
            if (pte.IsWritable && !Plant.Is(PlantedBug.ForkKeepsParentWritable))
            {
                tables.Change(from, set: 0, clear: Pte.WritableBit);
                tlb.DeferFlush(task, parent.Mm, page);
            }
            if (frames.Flags(pfn).Has(PageFlags.Owner2))
            {
                // A pinned page stays the parent's, whoever writes to it through the pin; the child gets what is in it now.
                if (Pins.MaybePinned(frames, head)) { return CopyNow(task, childId, to, pfn, page, ref spare); }
                frames.Flags(pfn).Clear(PageFlags.Owner2);
            }
        }
        frames.Ref(head).Get();
        rmap.Add(task, pfn);
        tables.Set(to, Pte.Present(pfn, writable: !anon && pte.IsWritable, young: false));
        return true;
    }

    private bool CopyNow(TaskId task, VmaId childId, PteSlot to, Pfn pfn, long page, ref Pfn spare)
    {
        if (spare.IsNone) { return false; }
        tlb.FlushDeferred(task); // The parent's own writes must not tear the copy.
        contents.Copy(pfn, spare);
        rmap.AddNewAnon(task, spare, childId, page);
        batches.Add(task, spare);
        tables.Set(to, Pte.Present(spare, writable: false, dirty: true, young: false));
        spare = Pfn.None;
        engine.Events.Count(task, EventCounter.ForkCopied);
        return true;
    }

    private bool GiveUp(TaskId task, Pfn spare)
    {
        if (!spare.IsNone) { folios.Put(task, spare); }
        return false;
    }

    private static PteSlot Next(PteSlot slot) => slot with { Slot = slot.Slot with { Index = slot.Slot.Index + 1 } };
}
