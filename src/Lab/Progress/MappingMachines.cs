using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Progress;

/// <summary>Page tables and their entries, the page cache, cached translations, pins.</summary>
internal static class MappingMachines
{
    public static IEnumerable<CataloguedMachine> All =>
    [
        new("page tables", () =>
        {
            ProgressMachine m = new();
            int root = m.Engine.Mms.RootOf(m.Mm());
            return m.Task(FindOrCreate(root)).Task(FindOrCreate(root)).Task(Find(root));
        }),
        new("entry", () =>
        {
            ProgressMachine m = new();
            MmId mm = m.Mm();
            m.Mapped(mm, 0);
            PteSlot slot = m.Engine.Tables.Find(m.Engine.Mms.RootOf(mm), 0);
            return m.Task(Change(slot), Read(slot)).Task(TryReplace(m, slot)).Task(GetAndClear(slot));
        }),
        new("table lock", () =>
        {
            ProgressMachine m = new(tasks: 2);
            MmId mm = m.Mm();
            m.Mapped(mm, 0);
            PteSlot slot = m.Engine.Tables.Find(m.Engine.Mms.RootOf(mm), 0);
            return m.Task(LockTable(slot), UnlockTable(slot)).Task(LockTable(slot), UnlockTable(slot));
        }),
        new("page cache", () =>
        {
            ProgressMachine m = new();
            CacheId cache = m.Engine.Caches.Create(new TaskId(0));
            Pfn folio = m.InCache(cache, 0);
            m.Engine.Locks.TryLock(new TaskId(0), folio);
            m.Engine.Frames.Ref(folio).Get();
            return m.Task(TryRemove(folio)).Task(FindPage(cache)).Task(FindPage(cache));
        }, 1),
        new("page cache, added and removed", () =>
        {
            ProgressMachine m = new(tasks: 2);
            CacheId cache = m.Engine.Caches.Create(new TaskId(0));
            Pfn folio = m.InCache(cache, 0);
            m.Engine.Locks.TryLock(new TaskId(0), folio);
            m.Engine.Frames.Ref(folio).Get();
            return m.Task(TryRemove(folio)).Task(TryAdd(m, cache, 1));
        }, 2),
        new("page cache, replaced", () =>
        {
            ProgressMachine m = new(tasks: 2);
            CacheId cache = m.Engine.Caches.Create(new TaskId(0));
            Pfn folio = m.InCache(cache, 0);
            return m.Task(Replace(cache, folio, m.Folio())).Task(FindPage(cache));
        }),
        new("page cache, added", () =>
        {
            ProgressMachine m = new(tasks: 2);
            CacheId cache = m.Engine.Caches.Create(new TaskId(0));
            return m.Task(TryAdd(m, cache, 0)).Task(TryAdd(m, cache, 1));
        }, 2),
        new("page cache, read", () =>
        {
            ProgressMachine m = new(tasks: 2);
            CacheId cache = m.Engine.Caches.Create(new TaskId(0));
            return m.Task(ReadPage(cache)).Task(ReadPage(cache));
        }, 1),
        new("translations", () =>
        {
            ProgressMachine m = new(tasks: 2);
            MmId mm = m.Mm();
            m.Mapped(mm, 0);
            int root = m.Engine.Mms.RootOf(mm);
            return m.Task(BeginAccess, Translate(mm, root), EndAccess).Task(FlushMm(mm));
        }),
        new("pins", () =>
        {
            ProgressMachine m = new();
            MmId mm = m.Mm();
            Pfn p = m.Mapped(mm, 0);
            PteSlot slot = m.Engine.Tables.Find(m.Engine.Mms.RootOf(mm), 0);
            m.Engine.Pins.TryPin(new TaskId(0), mm, 0, write: true);
            return m.Task(Unpin(p)).Task(TryPin(mm)).Task(LockTable(slot), UnlockTable(slot));
        }, 1),
        new("pins, by a fault", () =>
        {
            ProgressMachine m = new(tasks: 2);
            MmId mm = m.Mm();
            return m.Task(TryPin(mm)).Task(TryPin(mm));
        }, 1),
    ];

    private static DeclaredOperation FindOrCreate(int root) =>
        new("PageTables.FindOrCreate", ProgressGuarantee.LockFree, (e, t) => e.Tables.FindOrCreate(t, root, 0));

    private static DeclaredOperation Find(int root) => new("PageTables.Find", ProgressGuarantee.WaitFree(1), (e, _) => e.Tables.Find(root, 0));

    private static DeclaredOperation Read(PteSlot slot) => new("PageTables.Read", ProgressGuarantee.WaitFree(1), (e, _) => e.Tables.Read(slot));

    private static DeclaredOperation Change(PteSlot slot) =>
        new("PageTables.Change", ProgressGuarantee.LockFree, (e, _) => e.Tables.Change(slot, 0, Pte.DirtyBit));

    private static DeclaredOperation TryReplace(ProgressMachine m, PteSlot slot)
    {
        Pte seen = m.Engine.Tables.Read(slot);
        Pte clean = new(seen.Raw & ~Pte.DirtyBit);
        return new("PageTables.TryReplace", ProgressGuarantee.WaitFree(1), (e, _) => e.Tables.TryReplace(slot, seen, clean));
    }

    private static DeclaredOperation GetAndClear(PteSlot slot) =>
        new("PageTables.GetAndClear", ProgressGuarantee.WaitFree(1), (e, _) => e.Tables.GetAndClear(slot));

    private static DeclaredOperation LockTable(PteSlot slot) =>
        new("PageTables.LockOf, Lock", ProgressGuarantee.BlockingOn("the lock's holder"), (e, t) => e.Tables.LockOf(slot).Lock(t));

    private static DeclaredOperation UnlockTable(PteSlot slot) =>
        new("PageTables.LockOf, Unlock", ProgressGuarantee.WaitFree(4), (e, t) => e.Tables.LockOf(slot).Unlock(t));

    private static DeclaredOperation FindPage(CacheId cache) =>
        new("PageCaches.Find", ProgressGuarantee.BlockingOn("who has the folio frozen"), (e, t) => e.Caches.Find(t, cache, 0));

    private static DeclaredOperation TryRemove(Pfn folio) =>
        new("PageCaches.TryRemoveLocked", ProgressGuarantee.BlockingOn("the tree lock"), (e, t) => e.Caches.TryRemoveLocked(t, folio, extraReferences: 1));

    // What a migration does to the slot of a clean folio that nobody maps.
    private static DeclaredOperation Replace(CacheId cache, Pfn source, Pfn target) =>
        new("PageCaches.ReplaceLocked, frozen", ProgressGuarantee.WaitFree(14), (e, t) =>
        {
            WordLock tree = e.Caches.TreeLock(cache);
            if (!tree.TryLock(t)) { return; }
            if (e.Frames.Ref(source).TryFreeze(1))
            {
                e.Frames.Ref(target).Get();
                e.Caches.ReplaceLocked(cache, 0, target);
                e.Frames.Ref(source).Unfreeze(1);
            }
            tree.Unlock(t);
        });

    private static DeclaredOperation TryAdd(ProgressMachine m, CacheId cache, long index)
    {
        Pfn folio = m.Folio();
        m.Engine.Locks.TryLock(new TaskId((int)index), folio);
        return new("PageCaches.TryAdd", ProgressGuarantee.BlockingOn("the tree lock"), (e, t) => e.Caches.TryAdd(t, cache, index, folio));
    }

    private static DeclaredOperation ReadPage(CacheId cache) =>
        new("PageCaches.Read", ProgressGuarantee.BlockingOn("who reads the folio in"), (e, t) => e.Caches.Read(t, cache, 0));

    private static DeclaredOperation BeginAccess => new("Tlb.BeginAccess", ProgressGuarantee.WaitFree(2), (e, t) => e.Tlb.BeginAccess(t));

    private static DeclaredOperation EndAccess => new("Tlb.EndAccess", ProgressGuarantee.WaitFree(1), (e, t) => e.Tlb.EndAccess(t));

    private static DeclaredOperation Translate(MmId mm, int root) =>
        new("Tlb.Translate", ProgressGuarantee.LockFree, (e, t) => e.Tlb.Translate(t, mm, root, 0, write: true));

    private static DeclaredOperation FlushMm(MmId mm) =>
        new("Tlb.FlushMm", ProgressGuarantee.BlockingOn("accesses under way"), (e, t) => e.Tlb.FlushMm(t, mm));

    private static DeclaredOperation TryPin(MmId mm) =>
        new("Pins.TryPin", ProgressGuarantee.BlockingOn("the table lock, by its fault"), (e, t) => e.Pins.TryPin(t, mm, 0, write: true));

    private static DeclaredOperation Unpin(Pfn p) => new("Pins.Unpin", ProgressGuarantee.LockFree, (e, t) => e.Pins.Unpin(t, p));
}
