using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Tests.Mapping;

/// <summary>A large folio mapped by one entry above the leaves, as an import makes it.</summary>
public sealed class HugeEntryTests : IDisposable
{
    private static readonly TaskId s_task = new(0);

    private readonly ProcessRig _rig = new();
    private readonly MmId _mm;
    private readonly Pfn _head;

    public HugeEntryTests()
    {
        _mm = _rig.NewMm();
        _rig.Map(_mm, 0, 24, VmaFlags.Write | VmaFlags.DontFork);
        _head = _rig.Allocator.AllocateFolio(s_task, 3, MigrateType.Movable);
        _rig.Frames.Mapping(_head).SetLocked(MappingWord.Make(1, MappingTag.Anon));
        _rig.Frames.SetIndexLocked(_head, 8);
        for (int i = 0; i < 8; i++) { _rig.Contents.Stamp(_head + i, new PageSignature(1, 1, 8 + i)); }
        PteSlot slot = _rig.Tables.FindOrCreate(s_task, _rig.Mms.RootOf(_mm), 8, huge: true);
        _rig.Rmap.Add(s_task, _head, huge: true);
        _rig.Tables.Set(slot, Pte.Present(_head, writable: true, huge: true));
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void EachPageIsReachedThroughTheOneEntry()
    {
        for (int page = 8; page < 16; page++) { Assert.Equal(new PageSignature(1, 1, page), _rig.Read(_mm, page)); }

        _rig.Write(_mm, 11, 2);

        Assert.True(_rig.Contents.TryRead(_head + 3, out PageSignature signature));
        Assert.Equal(2u, signature.Version);
        Pfn pin = _rig.Pins.TryPin(s_task, _mm, 13, write: true);
        Assert.Equal(_head + 5, pin);
        Assert.Equal(2, _rig.Frames.Ref(_head).CountUnsafe);
        _rig.Pins.Unpin(s_task, pin);
        Assert.Equal(0u, _rig.Read(_mm, 7).Version);
    }

    [Fact]
    public void APartOfItIsNotZapped()
    {
        Assert.Equal(0, _rig.Mms.Discard(s_task, _mm, 10, 14));

        Assert.Equal(1, _rig.Events.Sum(EventCounter.HugeZapRefused));
        Assert.Equal(1u, _rig.Read(_mm, 12).Version);
    }

    [Fact]
    public void WhereAPartOfItIsUnmappedTheVmaStaysAndTheProcessStillEnds()
    {
        _rig.Mms.Unmap(s_task, _mm, 8, 4);

        Assert.Equal(1u, _rig.Read(_mm, 9).Version);
        Assert.Equal(1u, _rig.Read(_mm, 14).Version);
        _rig.Mms.Exit(s_task, _mm);
        _rig.AssertEmpty();
    }

    [Fact]
    public void TheWholeIsZappedAndTheFolioFreed()
    {
        for (int page = 8; page < 16; page++) { _rig.Read(_mm, page); }

        Assert.Equal(8, _rig.Mms.Discard(s_task, _mm, 4, 16));

        Assert.Equal(new PageSignature((uint)_mm.Value, 0, 12), _rig.Read(_mm, 12));
        _rig.Mms.Exit(s_task, _mm);
        _rig.AssertEmpty();
    }

    [Fact]
    public void AForkLeavesItOut()
    {
        MmId child = _rig.Mms.Fork(s_task, _mm);

        Assert.Equal(FaultResult.Refused, _rig.Memories.TryRead(s_task, child, 8, out _, out _));
        _rig.Mms.Exit(s_task, child);
        _rig.Mms.Exit(s_task, _mm);
        _rig.AssertEmpty();
    }
}
