using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Host;
using MemCore.Primitives;
using MemCore.Tests.Host;

namespace MemCore.Tests.Audit;

public sealed class EngineAuditTests : IDisposable
{
    private static readonly TaskId s_task = ImportedMachine.Task;

    private readonly ImportedMachine _machine = ImportedMachine.Of(ImportedMachine.Read(HostSource.Synthetic, 21, 1 << 16));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(1000)]
    public void AnyNumberOfPartsSeesEveryFrameOnce(int parts)
    {
        AuditPart all = _machine.Audit.Finish(Enumerable.Range(0, parts).Select(part => _machine.Audit.Check(part, parts, HeldFolios.None)));
        Assert.Equal(0, all.Violations);
        Assert.Equal(_machine.Host.TableFrames, all.Live + all.Free + all.Away + all.Out);
        Assert.Equal((_machine.Host.InUse, _machine.Host.Free), (all.Live, all.Free));
    }

    [Fact]
    public void WhatTasksHoldIsExplainedByThemAlone()
    {
        Pfn folio = _machine.Allocator.AllocateFolio(s_task, 3, MigrateType.Movable);
        Pfn plain = _machine.Allocator.Allocate(s_task, 2, MigrateType.Movable);
        Pfn single = _machine.Allocator.Allocate(s_task, 0, MigrateType.Unmovable);
        _machine.Table.Ref(single).Get();
        Assert.True(_machine.Lock.TryLock(s_task, folio));
        PageSignature signature = new(1, 1, 77);
        for (int i = 0; i < 8; i++) { _machine.Contents.Stamp(folio + i, signature with { VirtualPage = 77 + i }); }

        HeldFolios held = new();
        held.Add(new HeldFolio(folio, 1, 3, IsPlain: false, IsLocked: true, Task: 0) { Contents = signature });
        held.Add(new HeldFolio(plain, 1, 2, IsPlain: true, IsLocked: false, Task: 0));
        held.Add(new HeldFolio(single, 1, 0, IsPlain: false, IsLocked: false, Task: 0));
        held.Add(new HeldFolio(single, 1, 0, IsPlain: false, IsLocked: false, Task: 1));
        held.Sort();
        _machine.AssertAudited(held);

        AuditPart alone = _machine.Audit.Run(HeldFolios.None);
        Assert.Contains(alone.Findings, f => f.Kind == ViolationKind.RefLeak && f.Pfn == single && f.Text == "refcount 2, explained 0");
        Assert.Contains(alone.Findings, f => f.Kind == ViolationKind.StuckState && f.Pfn == folio);
        Assert.Contains(alone.Findings, f => f.Kind == ViolationKind.LostFrame);
    }

    [Fact]
    public void FramesLeakedOnPurposeAreCountedNotJudged()
    {
        Pfn bad = _machine.Allocator.Allocate(s_task, 0, MigrateType.Movable);
        _machine.Table.Flags(bad).Set(PageFlags.Active);
        _machine.Allocator.Put(s_task, bad);
        Pfn badFolio = _machine.Allocator.AllocateFolio(s_task, 4, MigrateType.Movable);
        _machine.Table.AtRest.MapCount[badFolio.Value + 3] = 0;
        _machine.Allocator.Put(s_task, badFolio);

        Assert.Equal(1 + 16, _machine.Allocator.LeakedFramesAtRest());
        _machine.AssertAudited();
    }

    [Fact]
    public void AFreedAndReusedHostStaysClean()
    {
        List<Pfn> taken = [];
        for (Pfn pfn; !(pfn = _machine.Allocator.AllocateFolio(s_task, taken.Count % 5, MigrateType.Movable)).IsNone;) { taken.Add(pfn); }
        HeldFolios held = new();
        foreach (Pfn pfn in taken) { held.Add(new HeldFolio(pfn, 1, 0, IsPlain: false, IsLocked: false, Task: 0)); }
        held.Sort();
        _machine.AssertAudited(held);
        foreach (Pfn pfn in taken) { _machine.Allocator.Put(s_task, pfn); }
        _machine.AssertAudited();
        Assert.Equal(_machine.Host.Free, _machine.Allocator.FreeFramesAtRest());
    }

    [Fact]
    public void AHostFolioWhoseHoldersLetGoIsFree()
    {
        Pfn pfn = _machine.Find(HostFrameClass.Slab, order: 0);
        FrameColumns at = _machine.Table.AtRest;
        at.MapCount[pfn.Value] = MapCount.Idle;
        int references = at.HostRefs[pfn.Value];
        at.HostRefs[pfn.Value] = 0;
        _machine.Machine.Folios.Put(s_task, pfn, references);
        _machine.AssertAudited();
        Assert.Equal(_machine.Host.Free + 1, _machine.Allocator.FreeFramesAtRest());
    }

    public void Dispose() => _machine.Dispose();
}
