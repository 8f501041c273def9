using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

public sealed class ForkTests : IDisposable
{
    private static readonly TaskId s_task = new(0);

    private readonly ProcessRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void TheChildReadsWhatTheParentWroteBeforeAndNothingOfWhatItWritesAfter()
    {
        MmId parent = _rig.NewMm();
        _rig.Map(parent, 5, 20);
        for (int page = 5; page < 25; page += 2) { _rig.Write(parent, page, 7); }

        MmId child = _rig.Mms.Fork(s_task, parent);
        Assert.False(child.IsNone);
        Assert.Equal(_rig.FrameOf(parent, 5), _rig.FrameOf(child, 5));
        for (int page = 5; page < 25; page += 2) { _rig.Write(parent, page, 8); }

        for (int page = 5; page < 25; page += 2)
        {
            Assert.Equal(new PageSignature((uint)parent.Value, 7, page), _rig.Read(child, page));
            Assert.Equal(new PageSignature((uint)parent.Value, 8, page), _rig.Read(parent, page));
        }
        Assert.Equal(new PageSignature((uint)child.Value, 0, 6), _rig.Read(child, 6));
        _rig.AssertConsistent();
        _rig.Mms.Exit(s_task, parent);
        Assert.Equal(7u, _rig.Read(child, 5).Version);
        _rig.Mms.Exit(s_task, child);
        _rig.AssertEmpty();
    }

    [Fact]
    public void WhatTheChildWritesIsNotSeenByTheParent()
    {
        MmId parent = _rig.NewMm();
        _rig.Map(parent, 0, 3);
        _rig.Write(parent, 1, 1);
        MmId child = _rig.Mms.Fork(s_task, parent);

        _rig.Write(child, 1, 2);

        Assert.Equal(1u, _rig.Read(parent, 1).Version);
        Assert.Equal(2u, _rig.Read(child, 1).Version);
        Assert.NotEqual(_rig.FrameOf(parent, 1), _rig.FrameOf(child, 1));
        _rig.AssertConsistent();
    }

    [Fact]
    public void TheLastOneToMapAFrameTakesItForItself()
    {
        MmId parent = _rig.NewMm();
        _rig.Map(parent, 0, 1);
        _rig.Write(parent, 0, 1);
        MmId child = _rig.Mms.Fork(s_task, parent);
        Pfn frame = _rig.FrameOf(child, 0);
        _rig.Mms.Exit(s_task, parent);
        _rig.DrainBatches();

        _rig.Write(child, 0, 2);

        Assert.Equal(frame, _rig.FrameOf(child, 0));
        Assert.Equal(1, _rig.Events.Sum(EventCounter.CowReused));
        Assert.Equal(0, _rig.Events.Sum(EventCounter.CowCopied));
        _rig.Mms.Exit(s_task, child);
        _rig.AssertEmpty();
    }

    [Fact]
    public void APinnedPageStaysTheParentsAndTheChildGetsACopy()
    {
        MmId parent = _rig.NewMm();
        _rig.Map(parent, 0, 12);
        for (int page = 0; page < 12; page++) { _rig.Write(parent, page, 3); }
        Pfn pinned = _rig.Pins.TryPin(s_task, parent, 9, write: true);
        Assert.Equal(_rig.FrameOf(parent, 9), pinned);

        MmId child = _rig.Mms.Fork(s_task, parent);

        Assert.NotEqual(pinned, _rig.FrameOf(child, 9));
        Assert.Equal(_rig.FrameOf(parent, 8), _rig.FrameOf(child, 8));
        _rig.Write(parent, 9, 4);
        Assert.Equal(pinned, _rig.FrameOf(parent, 9));
        Assert.Equal(3u, _rig.Read(child, 9).Version);
        Assert.Equal(1, _rig.Events.Sum(EventCounter.ForkCopied));
        _rig.Pins.Unpin(s_task, pinned);
        _rig.AssertConsistent();
        _rig.Mms.Exit(s_task, parent);
        _rig.Mms.Exit(s_task, child);
        _rig.AssertEmpty();
    }

    [Fact]
    public void AVmaThatIsNotToBeForkedIsNot()
    {
        MmId parent = _rig.NewMm();
        _rig.Map(parent, 0, 2, VmaFlags.Write | VmaFlags.DontFork);
        _rig.Map(parent, 2, 2);
        _rig.Write(parent, 1, 1);

        MmId child = _rig.Mms.Fork(s_task, parent);

        Assert.Equal(FaultResult.Refused, _rig.Memories.TryRead(s_task, child, 1, out _, out _));
        Assert.Equal(FaultResult.Done, _rig.Memories.TryRead(s_task, child, 2, out _, out _));
    }

    [Fact]
    public void AForkThatFailsLeavesNothing()
    {
        using ProcessRig small = new(options: ProcessRig.Small with { TableNodes = 13 });
        MmId parent = small.NewMm();
        small.Map(parent, 0, 4096);
        for (int i = 0; i < 3; i++) { small.Write(parent, i * 512, 1); }
        int tables = small.Tables.UsedTablesAtRest();

        Assert.True(small.Mms.Fork(s_task, parent).IsNone);

        Assert.Equal(tables, small.Tables.UsedTablesAtRest());
        Assert.Equal(1, small.Vmas.UsedAtRest());
        small.Write(parent, 0, 2);
        small.AssertConsistent();
        small.Mms.Exit(s_task, parent);
        small.AssertEmpty();
    }

    [Fact]
    public void AGrandchildReadsTheGrandparentsPage()
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 0, 4);
        _rig.Write(mm, 2, 9);
        List<MmId> family = [mm];
        for (int i = 0; i < 5; i++) { family.Add(_rig.Mms.Fork(s_task, family[^1])); }
        Assert.Equal(6, _rig.Frames.Map(_rig.FrameOf(mm, 2)).Count);

        _rig.Write(family[3], 2, 10);

        Assert.Equal([9u, 9u, 9u, 10u, 9u, 9u], family.Select(member => _rig.Read(member, 2).Version));
        _rig.AssertConsistent();
        foreach (MmId member in family) { _rig.Mms.Exit(s_task, member); }
        _rig.AssertEmpty();
    }
}
