using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

public sealed class FilePageTests : IDisposable
{
    private static readonly TaskId s_task = new(0);

    private readonly ProcessRig _rig = new();
    private readonly CacheId _file;

    public FilePageTests() => _file = _rig.Caches.Create(s_task);

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void WhatOneWritesToASharedPageTheOtherReads()
    {
        MmId one = _rig.NewMm();
        MmId other = _rig.NewMm();
        _rig.Map(one, 3, 8, VmaFlags.Write | VmaFlags.Shared, _file, offset: 2);
        _rig.Map(other, 70, 8, VmaFlags.Shared, _file);
        Assert.Equal(new PageSignature(PageCaches.OwnerOf(_file), 0, 4), _rig.Read(one, 5));

        _rig.Write(one, 5, 6);

        Assert.Equal(6u, _rig.Read(other, 74).Version);
        Assert.Equal(_rig.FrameOf(one, 5), _rig.FrameOf(other, 74));
        _rig.Mms.Exit(s_task, one);
        Assert.True(_rig.Frames.Flags(_rig.FrameOf(other, 74)).Has(PageFlags.Dirty));
        _rig.AssertConsistent();
        _rig.Mms.Exit(s_task, other);
        _rig.Caches.Destroy(s_task, _file);
        _rig.AssertEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AWriteToAPrivatePageLeavesTheFileAsItIs(bool readFirst)
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 0, 4, VmaFlags.Write, _file);
        if (readFirst) { _rig.Read(mm, 1); }

        _rig.Write(mm, 1, 3);

        Assert.Equal(3u, _rig.Read(mm, 1).Version);
        Pfn cached = _rig.Caches.Find(s_task, _file, 1);
        Assert.NotEqual(cached, _rig.FrameOf(mm, 1));
        Assert.True(_rig.Contents.TryRead(cached, out PageSignature signature));
        Assert.Equal(new PageSignature(PageCaches.OwnerOf(_file), 0, 1), signature);
        _rig.Folios.Put(s_task, cached);
        _rig.AssertConsistent();
        _rig.Mms.Exit(s_task, mm);
        _rig.Caches.Destroy(s_task, _file);
        _rig.AssertEmpty();
    }

    [Fact]
    public void AForkSharesFilePagesAndCopiesPrivateOnesOnWrite()
    {
        MmId parent = _rig.NewMm();
        _rig.Map(parent, 0, 4, VmaFlags.Write | VmaFlags.Shared, _file);
        _rig.Map(parent, 8, 4, VmaFlags.Write, _file, offset: 8);
        _rig.Write(parent, 0, 1);
        _rig.Write(parent, 8, 1);
        _rig.Read(parent, 9);

        MmId child = _rig.Mms.Fork(s_task, parent);
        _rig.Write(child, 0, 2);
        _rig.Write(child, 8, 2);

        Assert.Equal(2u, _rig.Read(parent, 0).Version);
        Assert.Equal(1u, _rig.Read(parent, 8).Version);
        Assert.Equal(_rig.FrameOf(parent, 9), _rig.FrameOf(child, 9));
        _rig.AssertConsistent();
        _rig.Mms.Exit(s_task, parent);
        _rig.Mms.Exit(s_task, child);
        _rig.Caches.Destroy(s_task, _file);
        _rig.AssertEmpty();
    }

    [Fact]
    public void AHoleInAFileMappingKeepsTheOffsets()
    {
        MmId mm = _rig.NewMm();
        _rig.Map(mm, 0, 10, VmaFlags.Write | VmaFlags.Shared, _file, offset: 100);
        _rig.Mms.Unmap(s_task, mm, 3, 4);

        Assert.Equal(109, _rig.Read(mm, 9).VirtualPage);
        Assert.Equal(102, _rig.Read(mm, 2).VirtualPage);
        _rig.Mms.Exit(s_task, mm);
        _rig.Caches.Destroy(s_task, _file);
        _rig.AssertEmpty();
    }
}
