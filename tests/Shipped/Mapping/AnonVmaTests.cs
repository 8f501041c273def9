using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

public sealed class AnonVmaTests
{
    private static TaskId Me => MappingRig.Me;

    [Fact]
    public void AChildIsFoundThroughItsParentsFolioAndNotTheReverse()
    {
        using MappingRig rig = new();
        VmaId parent = rig.NewVma();
        Pfn old = rig.Touch(parent, 0);
        VmaId child = rig.Fork(parent);
        Pfn own = rig.Touch(child, 1);
        rig.Isolate(old);
        rig.Isolate(own);
        Assert.Equal([parent, child], Walk(rig, old));
        Assert.Equal([child], Walk(rig, own));
        rig.Putback(old);
        rig.Putback(own);
        rig.Exit(parent);
        rig.Isolate(old);
        Assert.Equal([child], Walk(rig, old));
        rig.Putback(old);
        rig.Exit(child);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void AnAnonVmaOutlivesItsVmaWhileSomebodyRefersToIt()
    {
        using MappingRig rig = new();
        VmaId vma = rig.NewVma();
        Pfn folio = rig.Touch(vma, 3);
        rig.Isolate(folio);
        int anonVma = rig.AnonVmas.TryGet(Me, folio);
        Assert.NotEqual(0, anonVma);
        rig.Exit(vma);
        Assert.Equal((1, 0), rig.AnonVmas.UsedAtRest());
        Assert.Equal(0, rig.AnonVmas.TryGet(Me, folio));
        rig.AnonVmas.Lock(Me, anonVma);
        Assert.Equal(0, rig.AnonVmas.FirstLink(anonVma));
        rig.AnonVmas.Unlock(Me, anonVma);
        rig.AnonVmas.Put(Me, anonVma);
        rig.Putback(folio);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void AChildKeepsTheRootWhoseLockItShares()
    {
        using MappingRig rig = new();
        VmaId parent = rig.NewVma();
        rig.Touch(parent, 0);
        VmaId child = rig.Fork(parent);
        VmaId grandchild = rig.Fork(child);
        Pfn own = rig.Touch(grandchild, 8);
        rig.Exit(child);
        rig.Exit(parent);

        // Its own, its parent's and the root, all still linked to it.
        Assert.Equal((3, 3), rig.AnonVmas.UsedAtRest());
        rig.Isolate(own);
        Assert.Equal([grandchild], Walk(rig, own));
        rig.Putback(own);
        rig.Exit(grandchild);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void AForkThatRunsOutLeavesNothing()
    {
        MappingOptions small = new() { TableOrder = 2, TableLevels = 2, CacheOrder = 2, CacheLevels = 2, AnonVmas = 2, AnonLinks = 4 };
        using MappingRig rig = new(options: small);
        VmaId parent = rig.NewVma();
        rig.Touch(parent, 0);
        VmaId child = rig.Fork(parent);
        Assert.Equal((2, 3), rig.AnonVmas.UsedAtRest());
        VmaId another = rig.NewVma();

        Assert.False(rig.AnonVmas.Fork(Me, child, another)); // one link left, two needed
        Assert.False(rig.AnonVmas.Fork(Me, parent, another)); // the link is there, the anon_vma is not

        Assert.Equal((2, 3), rig.AnonVmas.UsedAtRest());
        Assert.Equal(0, rig.Vmas.AnonVma(another));
        rig.Exit(another);
        rig.Exit(parent);
        rig.Exit(child);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public void ASplitPartHasTheSameAnonVma()
    {
        using MappingRig rig = new();
        VmaId vma = rig.NewVma();
        Pfn folio = rig.Touch(vma, 0);
        VmaId part = rig.NewVma();
        Assert.True(rig.AnonVmas.Clone(Me, vma, part));
        Assert.Equal(rig.Vmas.AnonVma(vma), rig.Vmas.AnonVma(part));
        rig.Isolate(folio);
        Assert.Equal([vma, part], Walk(rig, folio));
        rig.Putback(folio);
        rig.Exit(vma);
        rig.Exit(part);
        rig.AssertEverythingIsFree();
    }

    [Fact]
    public async Task OfManyFirstFaultsOneGivesTheAnonVma()
    {
        const int Tasks = 4;
        using MappingRig rig = new(tasks: Tasks);
        for (int round = 0; round < 200; round++)
        {
            VmaId vma = rig.NewVma();
            using Barrier start = new(Tasks);
            int[] seen = await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => Task.Factory.StartNew(() =>
            {
                start.SignalAndWait();
                Assert.True(rig.AnonVmas.Prepare(new TaskId(task), vma));
                return rig.Vmas.AnonVma(vma);
            }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            Assert.Single(seen.Distinct());
            Assert.Equal((1, 1), rig.AnonVmas.UsedAtRest());
            rig.AnonVmas.Unlink(Me, vma);
            Assert.Equal((0, 0), rig.AnonVmas.UsedAtRest());
            rig.Tables.FreeTables(Me, rig.Vmas.Read(vma).Root);
            rig.Vmas.Free(Me, vma);
        }
        rig.AssertEverythingIsFree();
    }

    private static List<VmaId> Walk(MappingRig rig, Pfn folio)
    {
        int anonVma = rig.AnonVmas.TryGet(Me, folio);
        List<VmaId> found = [];
        rig.AnonVmas.Lock(Me, anonVma);
        for (int link = rig.AnonVmas.FirstLink(anonVma); link != 0; link = rig.AnonVmas.NextLink(link)) { found.Add(rig.AnonVmas.VmaOf(link)); }
        rig.AnonVmas.Unlock(Me, anonVma);
        rig.AnonVmas.Put(Me, anonVma);
        return found;
    }
}
