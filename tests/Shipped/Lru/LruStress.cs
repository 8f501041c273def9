using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lru;
using MemCore.Primitives;
using MemCore.Tests.Allocation;

namespace MemCore.Tests.Lru;

/// <summary>Tasks that share folios add, isolate, put back, age, drain, disable, die and move between CPUs; then everything is accounted for.</summary>
public class LruStress
{
    private const int Tasks = 4;
    private const int Cpus = 3;
    private const int Frames = 512;
    private const int Slots = 64;

    [Theory]
    [InlineData(1, 1, 31, 0)]
    [InlineData(2, 2, 4, 1)]
    [InlineData(3, 2, 1, 0)]
    public void EveryFolioIsWhereItsReferencesSay(ulong seed, int nodes, int capacity, int policy)
    {
        using LruRig rig = new(Frames, Cpus, Tasks, new LruOptions { Nodes = nodes, BatchCapacity = capacity, DrainPolls = 20 }, new MigrationPolicy { DeadFolioDrain = (DeadFolioDrain)policy });
        int[] slots = new int[Slots];
        AllocatorRig.Run(Tasks, task => new Worker(rig, task, slots, seed).Run(15_000));

        rig.Drain.DrainAll(new TaskId(0));
        Assert.Empty(rig.Allocator.BadPages);
        rig.AssertSound();
        int live = 0;
        foreach (int slot in slots)
        {
            if (slot == 0) { continue; }
            live++;
            Assert.True(rig.Has(new Pfn(slot - 1), PageFlags.Lru), $"seed {seed}: pfn {slot - 1} is on no list");
            Assert.True(rig.RefsOf(new Pfn(slot - 1)) == 1, $"seed {seed}: pfn {slot - 1} has {rig.RefsOf(new Pfn(slot - 1))} references");
            for (RefHolder holder = 0; holder <= RefHolder.Driver; holder++) { Assert.Equal(0, rig.Engine.Ledger.CountAtRest(new Pfn(slot - 1), holder)); }
            rig.Folios.Put(new TaskId(0), new Pfn(slot - 1));
        }
        Assert.True(live > 0 && rig.Events.Sum(EventCounter.LruIsolated) > 0);
        Assert.True(capacity == 1 || rig.Events.Sum(EventCounter.LruRequestLost) > 0, $"seed {seed}: no request was lost");
        Assert.Equal(0, rig.Events.Sum(EventCounter.NrIsolatedAnon) + rig.Events.Sum(EventCounter.NrIsolatedFile));
        Assert.Equal(Frames, rig.Allocator.FreeFramesAtRest());
        for (int node = 0; node < nodes; node++)
        {
            for (LruKind kind = 0; kind < LruKind.Count; kind++) { Assert.Equal(0, rig.Lru.SizeOf(node, kind)); }
        }
        rig.AssertSound();
    }

    /// <summary>One task. A slot holds a folio with one reference; to take it out is to own that reference.</summary>
    private sealed class Worker(LruRig rig, TaskId task, int[] slots, ulong seed)
    {
        private XorShift _random = new((seed * 100) + (ulong)task.Value + 1);
        private int _disabled;

        public void Run(int operations)
        {
            FolioList own = rig.Lists[task.Value];
            for (int i = 0; i < operations; i++)
            {
                CpuId here = rig.Cpus.CpuOf(task);
                if (rig.Drain.IsWanted(here)) { rig.Drain.Serve(task, here); }
                switch (_random.Below(40))
                {
                    case 0:
                        rig.Drain.DrainAll(task);
                        break;
                    case 1:
                        rig.Drain.DrainLocal(task);
                        break;
                    case 2:
                        if (_disabled++ == 0) { rig.Drain.Disable(task); }
                        else
                        {
                            rig.Drain.Enable(task);
                            _disabled = 0;
                        }
                        break;
                    case 3:
                        rig.Cpus.Move(task, new TaskId(_random.Below(Tasks)), new CpuId(_random.Below(Cpus)));
                        break;
                    case < 10:
                        Pfn any = new(_random.Below(Frames));
                        if (own.Count < 8 && rig.Isolation.TryIsolateSpeculatively(task, any)) { own.AddTail(any); }
                        break;
                    case < 16:
                        PutBackFirst(own);
                        break;
                    default:
                        UseSlot(own, _random.Below(slots.Length));
                        break;
                }
            }
            while (!own.IsEmpty) { PutBackFirst(own); }
            if (_disabled > 0) { rig.Drain.Enable(task); }
        }

        private void PutBackFirst(FolioList own)
        {
            Pfn first = own.PopFirst();
            if (!first.IsNone) { rig.Isolation.Putback(task, first); }
        }

        private void UseSlot(FolioList own, int slot)
        {
            int taken = Interlocked.Exchange(ref slots[slot], 0);
            if (taken == 0)
            {
                Fill(slot);
                return;
            }
            Pfn head = new(taken - 1);
            switch (_random.Below(12))
            {
                case 0:
                    rig.Folios.Put(task, head);
                    return;
                case 1:
                    if (rig.Isolation.TryIsolate(task, head)) { own.AddTail(head); }
                    break;
                case 2:
                    rig.Batches.Activate(task, head);
                    break;
                case 3:
                    rig.Batches.Deactivate(task, head);
                    break;
                case 4:
                    rig.Batches.Rotate(task, head);
                    break;
                case 5:
                    rig.Batches.DeactivateFile(task, head);
                    break;
                case 6:
                    rig.Batches.LazyFree(task, head);
                    break;
                default:
                    rig.Batches.MarkAccessed(task, head);
                    break;
            }
            Give(slot, head);
        }

        private void Fill(int slot)
        {
            int order = _random.Below(8) == 0 ? 2 : 0;
            Pfn head = rig.Allocator.AllocateFolio(task, order, MigrateType.Movable);
            if (head.IsNone) { return; }
            if (_random.Below(2) == 0)
            {
                rig.Table.Flags(head).Set(PageFlags.Swapbacked);
                rig.Table.Mapping(head).SetLocked(MappingWord.Make(1, MappingTag.Anon));
            }
            if (_random.Below(8) == 0) { rig.Table.Flags(head).Set(PageFlags.Mlocked); }
            rig.Batches.Add(task, head);
            Give(slot, head);
        }

        // Somebody may have filled the slot meanwhile.
        private void Give(int slot, Pfn head)
        {
            int other = Interlocked.Exchange(ref slots[slot], head.Value + 1);
            if (other != 0) { rig.Folios.Put(task, new Pfn(other - 1)); }
        }
    }
}
