using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Lab.Host;
using MemCore.Primitives;
using MemCore.Tests.Formats;

namespace MemCore.Tests.Host;

public sealed class HostExportTests(ITestOutputHelper output)
{
    private static readonly TaskId s_task = ImportedMachine.Task;

    [Fact]
    public void AnImageTakenWhileFoliosAreHeldReadsBackWithEqualBits()
    {
        const ulong seed = 2026;
        output.WriteLine($"seed {seed}");
        using ImportedMachine machine = ImportedMachine.Of(ImportedMachine.Read(HostSource.Synthetic, seed, 1 << 16));
        HeldFolios held = new();
        Random random = new((int)seed);
        for (int i = 0; i < 400; i++)
        {
            int order = random.Next(FrameTable.MaxOrder + 1);
            Pfn pfn = machine.Allocator.AllocateFolio(s_task, order, (MigrateType)random.Next(3));
            if (pfn.IsNone) { continue; }
            if (random.Next(2) == 0) { machine.Allocator.Put(s_task, pfn); }
            else { held.Add(new HeldFolio(pfn, 1, order, IsPlain: false, IsLocked: false, 0)); }
        }
        held.Sort();
        Assert.True(held.Count > 50);
        machine.AssertAudited(held);

        ulong[] first = machine.Export();
        using ImportedMachine again = ImportedMachine.Of(new HostMap("again", first, null) { Ram = machine.Map.Ram });
        again.AssertAudited();
        Assert.Equal(machine.Allocator.FreeFramesAtRest(), again.Allocator.FreeFramesAtRest());
        Assert.Equal(first, again.Export());
    }

    [Fact]
    public void AFrameThatBeganAnotherLifeIsExportedFromTheEnginesWordsAlone()
    {
        ulong[] flags = new ulong[1024];
        flags.AsSpan().Fill(Kpf.Lru | Kpf.Uptodate | Kpf.SoftDirty);
        flags[7] = Kpf.Buddy | Kpf.Uptodate;
        using ImportedMachine machine = ImportedMachine.Of(new HostMap("test", flags, null));
        Assert.Equal(flags, machine.Export());
        Pfn only = machine.Allocator.Allocate(s_task, 0, MigrateType.Movable);
        Assert.Equal(7, only.Value);
        Assert.Equal(0UL, machine.Export()[7]);
        machine.Allocator.Put(s_task, only);
        Assert.Equal(Kpf.Buddy, machine.Export()[7]);
        Assert.Equal(flags[8], machine.Export()[8]);
    }

    [Fact]
    public void ALockTakenByTheEngineShowsInTheImage()
    {
        using ImportedMachine machine = ImportedMachine.Of(ImportedMachine.Read(HostSource.Synthetic, 3, 1 << 14));
        Pfn file = machine.Find(HostFrameClass.File, order: 0);
        ulong before = machine.Export()[file.Value];
        Assert.True(machine.Lock.TryLock(s_task, file));
        Assert.Equal(before | Kpf.Locked, machine.Export()[file.Value]);
        machine.Lock.Unlock(s_task, file);
        Assert.Equal(before, machine.Export()[file.Value]);
    }

    [Fact]
    public void PartsOfAPlainBlockAreNotExportedAsFree()
    {
        using ImportedMachine machine = ImportedMachine.Of(ImportedMachine.Read(HostSource.Synthetic, 5, 1 << 16));
        Pfn block = machine.Allocator.Allocate(s_task, 4, MigrateType.Movable);
        ulong[] exported = machine.Export();
        for (int i = 0; i < 16; i++) { Assert.Equal(0UL, exported[block.Value + i]); }
    }

    [Theory]
    [InlineData("image")]
    [InlineData("image.gz")]
    public void AWrittenImageIsReadBackAsAHost(string file)
    {
        using ScratchFolder scratch = new();
        using ImportedMachine machine = ImportedMachine.Of(ImportedMachine.Read(HostSource.Synthetic, 11, 1 << 14));
        Assert.True(HostExporter.TryWrite(machine.Table, machine.Allocator, machine.Bits, machine.Map.Frames, scratch[file], scratch["counts"], out HostError? error), error?.Message);
        HostMap back = ImportedMachine.Read(scratch[file]);
        Assert.Equal(machine.Map.Flags, back.Flags);
        Assert.True(PageImage.TryReadAll(scratch["counts"], out ulong[]? counts, out _));
        Assert.Equal(machine.Map.Counts, counts);
    }

    [Fact]
    public void AFolderThatIsNotThereIsOneLineAndExit3()
    {
        using ScratchFolder scratch = new();
        using ImportedMachine machine = ImportedMachine.Of(ImportedMachine.Read(HostSource.Synthetic, 11, 1 << 10));
        string path = Path.Combine(scratch["no"], "image");
        Assert.False(HostExporter.TryWrite(machine.Table, machine.Allocator, machine.Bits, machine.Map.Frames, path, null, out HostError? error));
        Assert.Equal(HostError.Machine, error.ExitCode);
        Assert.DoesNotContain('\n', error.Message);
    }
}
