using CsCheck;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

public sealed class PageCacheTests
{
    private static TaskId Me => MappingRig.Me;

    [Fact]
    public void AMissingPageIsReadOnceAndFoundFromThenOn()
    {
        using MappingRig rig = new();
        CacheId cache = rig.Caches.Create(Me);
        Pfn folio = rig.Caches.Read(Me, cache, 70);
        Assert.Equal(folio, rig.Caches.Read(Me, cache, 70));
        Assert.Equal(folio, rig.Caches.Find(Me, cache, 70));
        Assert.Equal(Pfn.None, rig.Caches.Find(Me, cache, 71));
        rig.Contents.Verify(folio, new PageSignature(PageCaches.OwnerOf(cache), 0, 70));
        Assert.True(rig.Table.Flags(folio).Has(PageFlags.Uptodate));
        Assert.Equal(5, rig.Table.Ref(folio).CountUnsafe); // the cache, the add batch, three of ours
        rig.Folios.Put(Me, folio, 3);
        rig.Caches.Destroy(Me, cache);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void AFolioLeavesOnlyWhenNobodyElseRefersToIt()
    {
        using MappingRig rig = new();
        CacheId cache = rig.Caches.Create(Me);
        Pfn folio = rig.Caches.Read(Me, cache, 3);
        rig.Batches.DrainCpu(Me, new CpuId(0));
        rig.Locks.Lock(Me, folio);
        Pfn other = rig.Caches.Find(Me, cache, 3);
        Assert.False(rig.Caches.TryRemoveLocked(Me, folio, extraReferences: 1));
        Assert.Equal(3, rig.Table.Ref(folio).CountUnsafe);
        rig.Folios.Put(Me, other);

        Assert.True(rig.Caches.TryRemoveLocked(Me, folio, extraReferences: 1));

        Assert.Equal(1, rig.Table.Ref(folio).CountUnsafe);
        Assert.Equal(0, rig.Table.Mapping(folio).Raw);
        Assert.Equal(Pfn.None, rig.Caches.Find(Me, cache, 3));
        rig.Putback(folio);
        rig.Caches.Destroy(Me, cache);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void ATruncatedFolioStaysWithWhoRefersToIt()
    {
        using MappingRig rig = new();
        CacheId cache = rig.Caches.Create(Me);
        Pfn folio = rig.Caches.Read(Me, cache, 200);
        rig.Caches.Destroy(Me, cache);
        Assert.Equal(0, rig.Table.Mapping(folio).Raw);
        rig.Contents.Verify(folio, new PageSignature(PageCaches.OwnerOf(cache), 0, 200));
        rig.Folios.Put(Me, folio);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void AReplacedFolioIsFoundInItsStead()
    {
        using MappingRig rig = new();
        CacheId cache = rig.Caches.Create(Me);
        Pfn source = rig.Caches.Read(Me, cache, 9);
        rig.Batches.DrainCpu(Me, new CpuId(0));
        rig.Locks.Lock(Me, source);
        Pfn target = rig.Fresh();
        Replace(rig, cache, source, target);
        rig.Putback(source);
        Assert.Equal(target, rig.Caches.Find(Me, cache, 9));
        rig.Folios.Put(Me, target, 2);
        rig.Caches.Destroy(Me, cache);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void TheCacheDoesWhatADictionaryDoes() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 40], Gen.Int[0, 5]).List[1, 60].Sample(steps =>
        {
            using MappingRig rig = new();
            CacheId[] caches = [rig.Caches.Create(Me), rig.Caches.Create(Me)];
            Dictionary<(CacheId, long), Pfn> model = [];
            foreach ((int operation, int index, int which) in steps)
            {
                CacheId cache = caches[which & 1];
                Step(rig, model, cache, operation, index * (1 + (which * 5)) % 1000);
                Assert.Equal(model.Count(entry => entry.Key.Item1 == cache), rig.Caches.PagesOf(cache));
            }
            Dictionary<(CacheId, long), Pfn> found = [];
            rig.Caches.ForEachAtRest((cache, index, folio) => found.Add((cache, index), folio));
            Assert.Equal(model.OrderBy(e => e.Key.Item1.Value).ThenBy(e => e.Key.Item2), found.OrderBy(e => e.Key.Item1.Value).ThenBy(e => e.Key.Item2));
            foreach (CacheId cache in caches) { rig.Caches.Destroy(Me, cache); }
            rig.AssertEverythingIsFree();
        }, iter: 200);

    [Fact]
    public async Task LookupsRacingAddsAndRemovesFindTheRightFolioOrNone()
    {
        const int Tasks = 4;
        using MappingRig rig = new(frames: 512, tasks: Tasks);
        CacheId cache = rig.Caches.Create(Me);
        using Barrier start = new(Tasks);
        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(t => Task.Factory.StartNew(() =>
        {
            TaskId task = new(t);
            Random random = new(t);
            start.SignalAndWait();
            for (int i = 0; i < 20_000; i++)
            {
                long index = random.Next(16);
                Pfn folio = t < 2 ? rig.Caches.Find(task, cache, index) : rig.Caches.Read(task, cache, index);
                if (folio.IsNone) { continue; }
                if (rig.Table.Flags(folio).Has(PageFlags.Uptodate)) { rig.Contents.Verify(folio, new PageSignature(PageCaches.OwnerOf(cache), 0, index)); }
                if (i % 3 == 0 && rig.Locks.TryLock(task, folio))
                {
                    if (rig.Table.Mapping(folio).Raw != 0) { rig.Caches.TryRemoveLocked(task, folio, extraReferences: 1); }
                    rig.Locks.Unlock(task, folio);
                }
                rig.Folios.Put(task, folio);
                if (i % 50 == 0) { rig.Batches.DrainCpu(task, new CpuId(t)); }
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        HashSet<Pfn> folios = [];
        rig.Caches.ForEachAtRest((owner, index, folio) =>
        {
            Assert.True(folios.Add(folio));
            Assert.Equal(MappingWord.Make(owner.Value, MappingTag.File), rig.Table.Mapping(folio).Raw);
            Assert.Equal(index, rig.Table.IndexLocked(folio));
            Assert.True(FrameTable.IsAllocated(rig.Table.Generation(folio)));
        });
        rig.Caches.Destroy(Me, cache);
        rig.AssertEverythingIsFree();
    }

    private static void Step(MappingRig rig, Dictionary<(CacheId, long), Pfn> model, CacheId cache, int operation, long index)
    {
        bool known = model.TryGetValue((cache, index), out Pfn expected);
        Pfn folio = operation == 0 ? rig.Caches.Read(Me, cache, index) : rig.Caches.Find(Me, cache, index);
        if (operation == 0 && !known) { model[(cache, index)] = expected = folio; }
        Assert.Equal(operation == 0 || known ? expected : Pfn.None, folio);
        if (folio.IsNone)
        {
            if (operation != 1) { return; }
            Pfn fresh = rig.Fresh();
            Assert.True(rig.Locks.TryLock(Me, fresh));
            Assert.True(rig.Caches.TryAdd(Me, cache, index, fresh));
            model.Add((cache, index), fresh);
            rig.Putback(fresh);
            Pfn late = rig.Fresh();
            Assert.True(rig.Locks.TryLock(Me, late));
            Assert.False(rig.Caches.TryAdd(Me, cache, index, late));
            Assert.Equal(1, rig.Table.Ref(late).CountUnsafe);
            rig.Putback(late);
            return;
        }
        if (operation == 2)
        {
            rig.Batches.DrainCpu(Me, new CpuId(0));
            rig.Locks.Lock(Me, folio);
            Assert.True(rig.Caches.TryRemoveLocked(Me, folio, extraReferences: 1));
            rig.Locks.Unlock(Me, folio);
            model.Remove((cache, index));
        }
        else if (operation == 3)
        {
            rig.Batches.DrainCpu(Me, new CpuId(0));
            rig.Locks.Lock(Me, folio);
            Pfn target = rig.Fresh();
            Replace(rig, cache, folio, target);
            rig.Folios.Put(Me, target);
            model[(cache, index)] = target;
            rig.Locks.Unlock(Me, folio);
        }
        rig.Folios.Put(Me, folio);
    }

    // Section 5.6: freeze, switch, unfreeze under the tree lock. The source has the cache's reference and one of the caller.
    private static void Replace(MappingRig rig, CacheId cache, Pfn source, Pfn target)
    {
        long index = rig.Table.IndexLocked(source);
        WordLock tree = rig.Caches.TreeLock(cache);
        tree.Lock(Me);
        Assert.True(rig.Table.Ref(source).TryFreeze(2));
        rig.Table.SetIndexLocked(target, index);
        rig.Table.Mapping(target).SetLocked(rig.Table.Mapping(source).Raw);
        rig.Table.Flags(target).Set(PageFlags.Uptodate);
        rig.Contents.Stamp(target, new PageSignature(PageCaches.OwnerOf(cache), 0, index));
        rig.Table.Ref(target).Get();
        rig.Caches.ReplaceLocked(cache, index, target);
        rig.Table.Mapping(source).SetLocked(0);
        rig.Table.Ref(source).Unfreeze(1);
        tree.Unlock(Me);
    }
}
