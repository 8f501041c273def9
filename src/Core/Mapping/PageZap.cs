using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Takes pages of a VMA out of its Mm's page table: clear, flush, only then give the references back.</summary>
/// <remarks>The caller holds the mmap lock, shared at least. Entries of migration just go: they own neither a reference nor a map count.</remarks>
internal sealed class PageZap(EngineBase engine, PageTables tables, Rmap rmap, Tlb tlb, Folios folios)
{
    // Entries that one holding of the table's lock clears, and one flush covers.
    private const int BatchPages = 32;

    /// <summary>Returns how many entries went away; a huge one counts the pages it spans. One that the range covers in part stays: <paramref name="refused"/>.</summary>
    public int Zap(TaskId task, VmaId id, Vma vma, long from, long to, out bool refused)
    {
        refused = false;
        Span<Pfn> heads = stackalloc Pfn[BatchPages];
        int zapped = 0;
        long page = from;
        while (page < to)
        {
            long next = (page | (uint)(tables.TablePages - 1)) + 1;
            PteSlot slot = tables.Find(vma.Root, page);
            if (slot.IsNone) { page = next; }
            else if (slot.Level != 0)
            {
                bool covered = from <= next - tables.TablePages && next <= to;
                zapped += ZapHuge(task, id, vma.Mm, slot, next - tables.TablePages, covered);
                refused |= !covered;
                page = next;
            }
            else { page = ZapInTable(task, id, vma.Mm, slot, page, Math.Min(next, to), heads, ref zapped); }
        }
        if (zapped != 0) { engine.Events.Count(task, EventCounter.PageZapped, zapped); }
        return zapped;
    }

    // Until the batch is full or the range ends; returns where to go on.
    private long ZapInTable(TaskId task, VmaId id, MmId mm, PteSlot first, long page, long end, Span<Pfn> heads, ref int zapped)
    {
        int count = 0;
        long firstPage = page;
        WordLock tableLock = tables.LockOf(first);
        tableLock.Lock(task);
        while (page < end && count < heads.Length)
        {
            PteSlot slot = first with { Slot = first.Slot with { Index = first.Slot.Index + (int)(page - firstPage) } };
            if (!tables.Read(slot).IsNone)
            {
                Pte pte = tables.GetAndClear(slot);
                zapped++;
                if (pte.IsMigration)
                {
                    rmap.RemoveMigrationEntry(task, pte, id, page);
                    tables.EntryRemoved(task, slot);

                    // The migration may still have the flush of what was here before to do: nobody may use that translation after the zap.
                    if (!Plant.Is(PlantedBug.ZapEntryWithoutFlush)) { tlb.DeferFlush(task, mm, page); }
                    engine.Events.Count(task, EventCounter.MigrationEntryZapped);
                }
                else { heads[count++] = Forget(task, id, mm, pte, page); }
            }
            page++;
        }
        tableLock.Unlock(task);
        if (Plant.Is(PlantedBug.ZapPutsBeforeFlush)) { folios.Put(task, heads[..count]); }
        tlb.FlushDeferred(task);
        if (!Plant.Is(PlantedBug.ZapPutsBeforeFlush)) { folios.Put(task, heads[..count]); }
        return page;
    }

    // What the entry told is passed on, and its map count drops; its reference is still to be put.
    private Pfn Forget(TaskId task, VmaId id, MmId mm, Pte pte, long page)
    {
        Pfn head = engine.Frames.HeadOf(pte.Pfn);
        if (pte.IsDirty && !MappingWord.IsAnon(engine.Frames.Mapping(head).Raw)) { engine.Frames.Flags(head).Set(PageFlags.Dirty); }
        if (!Plant.Is(PlantedBug.UnmapForgetsMapCount)) { rmap.Remove(task, pte.Pfn, id, page, pte.IsHuge); }
        tlb.DeferFlush(task, mm, page);
        return head;
    }

    private int ZapHuge(TaskId task, VmaId id, MmId mm, PteSlot slot, long page, bool covered)
    {
        if (!covered)
        {
            engine.Events.Count(task, EventCounter.HugeZapRefused);
            return 0;
        }
        WordLock tableLock = tables.LockOf(slot);
        tableLock.Lock(task);
        if (!tables.Read(slot).IsHuge)
        {
            tableLock.Unlock(task);
            return 0;
        }
        Pfn head = Forget(task, id, mm, tables.GetAndClear(slot), page);
        tableLock.Unlock(task);
        tlb.FlushDeferred(task);
        tlb.FlushMm(task, mm); // The cached translations are of single pages.
        folios.Put(task, head);
        return tables.TablePages;
    }
}
