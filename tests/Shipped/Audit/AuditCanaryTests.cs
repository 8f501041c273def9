using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Host;
using MemCore.Primitives;
using MemCore.Tests.Host;

namespace MemCore.Tests.Audit;

/// <summary>Damage is planted in the columns of a host that is clean; the audit must name it.</summary>
public sealed class AuditCanaryTests : IDisposable
{
    private readonly ImportedMachine _machine = ImportedMachine.Of(ImportedMachine.Read(HostSource.Synthetic, 7, 1 << 16));
    private readonly HeldFolios _held = new();

    private Pfn File => _machine.Find(HostFrameClass.File, order: 0);

    private Pfn LargeFile => _machine.Find(HostFrameClass.File, order: 3);

    private Pfn Anon => _machine.Find(HostFrameClass.Anon, order: 0);

    private Pfn Free => _machine.Find(HostFrameClass.Free, order: 0);

    [Fact]
    public void AReferencePutTooOftenIsMissing()
    {
        Pfn pfn = File;
        int count = _machine.Table.AtRest.RefCount[pfn.Value]++;
        _machine.Table.AtRest.RefCount[pfn.Value] = count - 1;
        AssertFound(Invariant.ReferencesExplained, ViolationKind.RefMissing, pfn, $"refcount {count - 1}, explained {count}: ");
    }

    [Fact]
    public void ALeakedReferenceHasNoHolder()
    {
        Pfn pfn = _machine.Find(HostFrameClass.Slab, order: 0);
        _machine.Table.Ref(pfn).Get();
        AssertFound(Invariant.ReferencesExplained, ViolationKind.RefLeak, pfn, "refcount 2, explained 1: host 1");
    }

    [Fact]
    public void ALargeFoliosReferencesAreItsHolders()
    {
        Pfn pfn = LargeFile;
        _machine.Table.Ref(pfn).Get();
        AssertFound(Invariant.LargeReferencesExplained, ViolationKind.RefLeak, pfn, "cache 8");
    }

    [Fact]
    public void AMappingWithoutAReferenceIsMissingOne()
    {
        Pfn pfn = Anon;
        _machine.Table.AtRest.MapCount[pfn.Value]++;
        AssertFound(Invariant.ReferencesExplained, ViolationKind.RefMissing, pfn, "mapping ");
    }

    [Fact]
    public void ACountBelowZeroIsAnUnderflow()
    {
        _machine.Table.AtRest.RefCount[File.Value] = -1;
        AssertFound(Invariant.CountNotNegative, ViolationKind.RefUnderflow, File, "refcount -1");
    }

    [Fact]
    public void AFrameFrozenByNobodyIsStuck()
    {
        Pfn pfn = _machine.Find(HostFrameClass.Slab, order: 0);
        (_machine.Table.AtRest.RefCount[pfn.Value], _machine.Table.AtRest.HostRefs[pfn.Value]) = (0, 0);
        AssertFound(Invariant.ZeroIsFreeOrFrozen, ViolationKind.StuckState, pfn, "without a reference");
    }

    [Theory]
    [InlineData(PageFlags.Active, Invariant.FreeIsClean)]
    [InlineData(PageFlags.Locked, Invariant.FreeIsClean)]
    [InlineData(PageFlags.Waiters, Invariant.NoWaitersOnFree)]
    public void AFlagOnAFreeFrameIsNamed(PageFlags flag, string invariant)
    {
        Pfn pfn = Free;
        _machine.Table.Flags(pfn).Set(flag);
        AssertFound(invariant, ViolationKind.FlagAtFree, pfn, flag.ToString().ToLowerInvariant());
    }

    [Fact]
    public void AFreeFrameWithAReferenceIsNamed()
    {
        _machine.Table.AtRest.RefCount[Free.Value] = 1;
        AssertFound(Invariant.ZeroIsFreeOrFrozen, ViolationKind.RefcountAtFree, Free, "refcount 1");
    }

    [Fact]
    public void AFreeFrameThatIsMappedIsNamed()
    {
        _machine.Table.AtRest.MapCount[Free.Value] = 0;
        AssertFound(Invariant.FreeIsClean, ViolationKind.MapcountAtFree, Free, "1 mappings");
    }

    [Fact]
    public void AFreeFrameOfAMappingIsNamed()
    {
        _machine.Table.AtRest.Mapping[Free.Value] = MappingWord.Make(5, MappingTag.File);
        AssertFound(Invariant.FreeIsClean, ViolationKind.NonNullMappingAtFree, Free, "mapping");
    }

    [Fact]
    public void AFrameThatNobodyCanGetIsLost()
    {
        Pfn pfn = Free;
        uint generation = _machine.Table.AtRest.Generation[pfn.Value];
        _machine.Allocator.TakeRangeAtRest(pfn, 1);
        _machine.Table.AtRest.Generation[pfn.Value] = generation;
        AssertFound(Invariant.FramesConserved, ViolationKind.LostFrame, pfn, "neither in use, nor free");
    }

    [Fact]
    public void AFrameInUseThatIsFreeToTheAllocatorHasTwoOwners()
    {
        Pfn pfn = File;
        uint generation = _machine.Table.AtRest.Generation[pfn.Value];
        _machine.Allocator.FreeRangeAtRest(pfn, 1);
        _machine.Table.AtRest.Generation[pfn.Value] = generation;
        AssertFound(Invariant.FreeToAllocator, ViolationKind.DoubleOwner, pfn, "in use");
    }

    [Fact]
    public void ATailThatIsFreeToTheAllocatorHasTwoOwners()
    {
        Pfn tail = LargeFile + 5;
        _machine.Allocator.FreeRangeAtRest(tail, 1);
        AssertFound(Invariant.FreeToAllocator, ViolationKind.DoubleOwner, tail, "in use");
    }

    [Fact]
    public void ATailThatNamesAnotherHeadIsBroken()
    {
        Pfn head = LargeFile;
        _machine.Table.AtRest.Compound[head.Value + 3] = CompoundWord.Tail(head + 1);
        AssertFound(Invariant.TailNamesHead, ViolationKind.BrokenCompound, head + 3, "does not name it");
    }

    [Fact]
    public void ATailWithAReferenceOfItsOwnIsBroken()
    {
        Pfn head = LargeFile;
        _machine.Table.AtRest.RefCount[head.Value + 7] = 1;
        AssertFound(Invariant.TailNamesHead, ViolationKind.BrokenCompound, head + 7, "refcount 1 of its own");
    }

    [Fact]
    public void AFolioThatLostItsHeadWordLeavesTailsBehind()
    {
        Pfn head = LargeFile;
        _machine.Table.AtRest.Compound[head.Value] = 0;
        AssertFound(Invariant.TailNamesHead, ViolationKind.BrokenCompound, head, "head flag says otherwise");
        AssertFound(Invariant.TailNamesHead, ViolationKind.BrokenCompound, head + 1, "whose range does not contain it");
    }

    [Fact]
    public void AFolioThatDoesNotBeginWhereItsOrderSaysIsMisaligned()
    {
        Pfn pfn = _machine.Find(HostFrameClass.Anon, order: 0, odd: true);
        _machine.Table.AtRest.Compound[pfn.Value] = CompoundWord.Head(4);
        AssertFound(Invariant.FoliosAligned, ViolationKind.BrokenCompound, pfn, "order 4");
    }

    [Fact]
    public void ActiveAndUnevictableContradictEachOther()
    {
        _machine.Table.Flags(File).Set(PageFlags.Active | PageFlags.Unevictable);
        AssertFound(Invariant.ActiveOrUnevictable, ViolationKind.FlagContradiction, File, "active and unevictable");
    }

    [Theory]
    [InlineData(PageFlags.Locked)]
    [InlineData(PageFlags.Writeback)]
    public void WhatNobodyWillEndIsStuck(PageFlags flag)
    {
        _machine.Table.Flags(File).Set(flag);
        AssertFound(Invariant.NothingLocked, ViolationKind.StuckState, File, flag.ToString().ToLowerInvariant());
    }

    [Fact]
    public void AGuardLeftBehindIsNamed()
    {
        Assert.True(_machine.Cpus.TryEnterRemote(ImportedMachine.Task, new CpuId(1)));
        AssertFound(Invariant.NobodyWaits, ViolationKind.StuckState, Pfn.None, "the guard of cpu 1");
    }

    [Fact]
    public void AWaiterLeftBehindIsNamed()
    {
        Assert.True(_machine.Lock.TryLock(ImportedMachine.Task, File));
        Assert.True(_machine.Waits.TryQueue(new TaskId(1), File, MemCore.Waiting.WaiterFlags.Exclusive));
        AssertFound(Invariant.NobodyWaits, ViolationKind.LostWake, Pfn.None, "is not empty");
    }

    [Fact]
    public void AReferenceToAFreeFrameIsAUseAfterFree()
    {
        _held.Add(new HeldFolio(Free, 1, 0, IsPlain: false, IsLocked: false, Task: 3));
        AssertFound(Invariant.HeldIsAlive, ViolationKind.UseAfterFree, Free, "task 3 holds 1");
    }

    [Fact]
    public void TwoOwnersOfALockAreNamed()
    {
        Pfn pfn = File;
        Assert.True(_machine.Lock.TryLock(ImportedMachine.Task, pfn));
        _held.Add(new HeldFolio(pfn, 0, 0, IsPlain: false, IsLocked: true, Task: 0));
        _held.Add(new HeldFolio(pfn, 0, 0, IsPlain: false, IsLocked: true, Task: 1));
        AssertFound(Invariant.NothingLocked, ViolationKind.DoubleOwner, pfn, "two tasks");
    }

    [Fact]
    public void AFrameThatHoldsSomethingElseIsADataMismatch()
    {
        Pfn pfn = _machine.Allocator.AllocateFolio(ImportedMachine.Task, 1, MemCore.Allocation.MigrateType.Movable);
        PageSignature signature = new(9, 1, 100);
        _machine.Contents.Stamp(pfn, signature);
        _machine.Contents.Stamp(pfn + 1, signature with { VirtualPage = 101, Version = 2 });
        _held.Add(new HeldFolio(pfn, 1, 1, IsPlain: false, IsLocked: false, Task: 0) { Contents = signature });
        AssertFound(Invariant.ContentsIntact, ViolationKind.DataMismatch, pfn + 1, "task 0 wrote");
    }

    public void Dispose() => _machine.Dispose();

    private void AssertFound(string invariant, ViolationKind kind, Pfn pfn, string text)
    {
        _held.Sort();
        AuditPart found = _machine.Audit.Run(_held);
        Assert.True(found.Violations > 0);
        Assert.True(
            found.Findings.Any(f => f.Invariant == invariant && f.Kind == kind && f.Pfn == pfn && f.Text.Contains(text, StringComparison.Ordinal)),
            $"expected {invariant} {kind} {pfn} '{text}', found\n{string.Join('\n', found.Findings)}");
    }
}
