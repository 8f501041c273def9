using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Tests.Allocation;

namespace MemCore.Tests.Mapping;

/// <summary>Everything that processes do, at once on real threads. Each page has one task that writes to it, so each task knows what it must read.</summary>
public sealed class ProcessStress
{
    private const int Mms = 3;
    private const int Pages = 24;

    [Theory]
    [InlineData(1, 3, 3u)]
    [InlineData(2, 4, 1u)]
    [InlineData(4, 4, 2u)]
    public void WhateverProcessesDoEachReadsWhatItWroteAndEndsWithNothing(int cpus, int tasks, uint seed)
    {
        using ProcessRig rig = new(frames: 2048, cpus, tasks, ProcessRig.Small with { TlbOrder = 2, Mms = 32 });
        MmId[] mms = [.. Enumerable.Range(0, Mms).Select(_ => rig.NewMm())];
        foreach (MmId mm in mms) { rig.Map(mm, 0, Pages); }
        try { rig.Run(task => new Actor(rig, task, mms, seed).Run(1500)); }
        catch (InvalidOperationException e) { throw new InvalidOperationException($"seed {seed}: {e.Message}", e); }
        rig.AssertConsistent();
        foreach (MmId mm in mms) { rig.Mms.Exit(new TaskId(0), mm); }
        rig.AssertEmpty();
        Assert.True(rig.Events.Sum(EventCounter.CowCopied) > 0);
        Assert.True(rig.Events.Sum(EventCounter.PageZapped) > 0);
    }

    /// <summary>Readers and writers of one file's pages, shared and private, while others unmap: the pages of the file are never anybody's own.</summary>
    [Fact]
    public void PrivateWritersOfAFileNeverWriteToIt()
    {
        const uint Own = 7;
        using ProcessRig rig = new(frames: 1024, cpus: 2, tasks: 4);
        CacheId file = rig.Caches.Create(new TaskId(0));
        MmId[] mms = [.. Enumerable.Range(0, 4).Select(_ => rig.NewMm())];
        foreach (MmId mm in mms) { rig.Map(mm, 0, 16, VmaFlags.Write, file); }
        rig.Run(task =>
        {
            XorShift random = new((ulong)task.Value + 11);
            MmId mm = mms[task.Value];
            uint[] versions = new uint[16];
            for (int i = 0; i < 3000; i++)
            {
                int page = random.Below(16);
                switch (random.Below(4))
                {
                    case 0:
                        rig.Write(mm, page, versions[page] = (uint)i + 1, task.Value, Own);
                        break;
                    case 1:
                        rig.Mms.Discard(task, mm, page, 1);
                        versions[page] = 0;
                        break;
                    default:
                        PageSignature read = rig.Read(mm, page, task.Value);
                        Assert.Equal(new PageSignature(versions[page] == 0 ? PageCaches.OwnerOf(file) : Own, versions[page], page), read);
                        break;
                }
            }
        });
        rig.AssertConsistent();
        foreach (MmId mm in mms) { rig.Mms.Exit(new TaskId(0), mm); }
        rig.Caches.Destroy(new TaskId(0), file);
        rig.AssertEmpty();
    }

    /// <summary>Frames go from page to page and from Mm to Mm while others pin and write: a pin is of the page that was asked for, and no write strays.</summary>
    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 4)]
    public void APinIsOfItsPageAndAWriteOfItsMemoryHoweverFramesMove(int cpus, int tasks)
    {
        const int Span = 8;
        using ProcessRig rig = new(frames: 128, cpus, tasks, ProcessRig.Small with { TlbOrder = 2 });
        MmId[] mms = [rig.NewMm(), rig.NewMm()];
        foreach (MmId mm in mms) { rig.Map(mm, 0, Span); }
        rig.Run(task =>
        {
            XorShift random = new((ulong)task.Value + 5);
            for (uint i = 0; i < 8000; i++)
            {
                MmId mm = mms[random.Below(2)];
                int page = random.Below(Span);
                switch (random.Below(5))
                {
                    case 0: rig.Mms.Discard(task, mm, 0, Span); break;
                    case 1 or 2: rig.Write(mm, page, i, task.Value); break;
                    case 3:
                        Pfn pin = rig.Pins.TryPin(task, mm, page, write: true);
                        Assert.False(pin.IsNone);
                        if (rig.Contents.TryRead(pin, out PageSignature held)) { Assert.Equal(((uint)mm.Value, (long)page), (held.Owner, held.VirtualPage)); }
                        rig.Pins.Unpin(task, pin);
                        break;
                    default:
                        Assert.Equal(FaultResult.Done, rig.Memories.TryRead(task, mm, page, out PageSignature found, out bool intact));
                        if (intact) { Assert.Equal(((uint)mm.Value, (long)page), (found.Owner, found.VirtualPage)); }
                        break;
                }
            }
        });
        rig.AssertConsistent();
        foreach (MmId mm in mms) { rig.Mms.Exit(new TaskId(0), mm); }
        rig.AssertEmpty();
    }

    /// <summary>One task: the pages that are its own modulo the tasks, in all Mms, and what they must contain.</summary>
    private sealed class Actor(ProcessRig rig, TaskId task, MmId[] mms, uint seed)
    {
        private readonly uint[,] _versions = new uint[Mms, Pages];
        private XorShift _random = new(((ulong)seed * 1000) + (ulong)task.Value + 1);
        private uint _version;

        private int Tasks => rig.Cpus.Tasks;

        public void Run(int operations)
        {
            for (int i = 0; i < operations; i++)
            {
                int mm = _random.Below(Mms);
                int page = task.Value + (Tasks * _random.Below(Pages / Tasks));
                switch (_random.Below(12))
                {
                    case 0: Discard(mm, page); break;
                    case 1: Remap(mm, page); break;
                    case 2: Fork(mm, page); break;
                    case 3: Pin(mm, page); break;
                    case 4 or 5: UnmapAndRestore(mm); break;
                    case 6 or 7 or 8: Check(mm, page); break;
                    default:
                        _versions[mm, page] = ++_version;
                        rig.Write(mms[mm], page, _version, task.Value, Owner);
                        break;
                }
            }
        }

        private uint Owner => (uint)task.Value + 100;

        private void Check(int mm, int page) => Assert.Equal(_versions[mm, page], rig.Read(mms[mm], page, task.Value).Version);

        private void Discard(int mm, int page)
        {
            rig.Mms.Discard(task, mms[mm], page, 1);
            _versions[mm, page] = 0;
        }

        private void Remap(int mm, int page)
        {
            rig.Mms.Unmap(task, mms[mm], page, 1);
            Assert.Equal(FaultResult.Refused, rig.Memories.TryRead(task, mms[mm], page, out _, out _));
            rig.Map(mms[mm], page, 1, task: task.Value);
            _versions[mm, page] = 0;
        }

        // The child has what was there, and what it writes is its own.
        private void Fork(int mm, int page)
        {
            MmId child = rig.Mms.Fork(task, mms[mm]);
            if (child.IsNone) { return; }
            for (int own = task.Value; own < Pages; own += Tasks) { Assert.Equal(_versions[mm, own], rig.Read(child, own, task.Value).Version); }
            int foreign = _random.Below(Pages);
            FaultResult read = rig.Memories.TryRead(task, child, foreign, out PageSignature signature, out bool intact);
            Assert.True(read == FaultResult.Refused || (intact && signature.VirtualPage == foreign)); // Another task may be remapping it.
            rig.Write(child, page, uint.MaxValue, task.Value);
            Check(mm, page);
            _versions[mm, page] = ++_version;
            rig.Write(mms[mm], page, _version, task.Value, Owner);
            Assert.Equal(uint.MaxValue, rig.Read(child, page, task.Value).Version);
            rig.Mms.Exit(task, child);
        }

        private void Pin(int mm, int page)
        {
            Pfn pinned = rig.Pins.TryPin(task, mms[mm], page, write: true);
            Assert.False(pinned.IsNone);
            Assert.True(rig.Contents.TryRead(pinned, out PageSignature signature));
            Assert.Equal((_versions[mm, page], (long)page), (signature.Version, signature.VirtualPage));
            Check(mm, page);
            Assert.Equal(pinned, rig.FrameOf(mms[mm], page, task));
            rig.Pins.Unpin(task, pinned);
        }

        // As a migration that is rolled back: while it is unmapped nobody changes the folio.
        private void UnmapAndRestore(int mm)
        {
            Pfn folio = rig.PteOf(mms[mm], _random.Below(Pages)).Pfn;
            FrameTable frames = rig.Frames;
            if (!frames.Ref(folio).TryGet()) { return; }
            bool anon = MappingWord.TagOf(frames.Mapping(folio).Raw) == MappingTag.Anon;
            if (!anon || !rig.Locks.TryLock(task, folio))
            {
                rig.Folios.Put(task, folio);
                return;
            }
            int anonVma = rig.AnonVmas.TryGet(task, folio);
            if (anonVma != 0)
            {
                bool defer = _random.Below(2) == 0;
                bool unmapped = rig.Rmap.TryToMigrate(task, folio, defer);
                rig.Tlb.FlushDeferred(task);
                bool intact = rig.Contents.TryRead(folio, out PageSignature before);
                for (int i = _random.Below(50); i > 0; i--) { Thread.SpinWait(10); }
                Assert.True(!unmapped || (intact && rig.Contents.TryRead(folio, out PageSignature after) && after == before), "a folio changed while it was unmapped");
                rig.Rmap.RemoveMigrationEntries(task, folio, folio);
                rig.AnonVmas.Put(task, anonVma);
            }
            rig.Locks.Unlock(task, folio);
            rig.Folios.Put(task, folio);
        }
    }
}
