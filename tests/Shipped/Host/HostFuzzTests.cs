using MemCore.Lab.Formats;
using MemCore.Lab.Host;

namespace MemCore.Tests.Host;

/// <summary>Images that no kernel would write: whatever the bits, the engine ends up consistent and the image comes back.</summary>
public sealed class HostFuzzTests(ITestOutputHelper output)
{
    private const int Frames = 1 << 14;

    private static readonly int[] s_bits = [.. Kpf.Flags.ToArray().Select(flag => flag.Bit).Where(bit => (HostMap.KnownBits >> bit & 1) != 0)];

    private static readonly ulong[] s_plausible =
    [
        0, Kpf.Buddy, Kpf.Slab, Kpf.PgTable, Kpf.Reserved, Kpf.Offline, Kpf.Huge, Kpf.NoPage, Kpf.Lru | Kpf.Uptodate,
        Kpf.Lru | Kpf.Anon | Kpf.SwapBacked | Kpf.Mmap, Kpf.Lru | Kpf.Mmap | Kpf.Private, Kpf.Lru | Kpf.SwapBacked | Kpf.SwapCache | Kpf.OwnerPrivate,
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void AnyImageIsImportedAuditedAndExportedUnchanged(int seed)
    {
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        HostMap map = Make(random, noise: seed % 3 == 0 ? 2 : 40);
        using ImportedMachine machine = ImportedMachine.Of(map, new ImportOptions(DeferredFree: seed % 2 == 0));
        machine.AssertAudited();
        ulong[] exported = machine.Export();
        int equal = exported.AsSpan().CommonPrefixLength(map.Flags);
        Assert.True(equal == exported.Length, equal == exported.Length ? string.Empty : $"pfn 0x{equal:x}: made {Kpf.Names(map.Flags[equal])}, exported {Kpf.Names(exported[equal])}");
        Assert.Equal(machine.Host.TableFrames, machine.Host.Tally.Frames.Sum());
    }

    private static HostMap Make(Random random, int noise)
    {
        ulong[] flags = new ulong[Frames];
        ulong[] counts = new ulong[Frames];
        for (int pfn = 0; pfn < Frames;)
        {
            ulong kind = s_plausible[random.Next(s_plausible.Length)];
            int frames = 1 << random.Next(6);
            bool compound = random.Next(2) == 0;
            for (int i = 0; i < frames && pfn < Frames; i++, pfn++)
            {
                flags[pfn] = kind | (compound && kind != 0 ? i == 0 ? Kpf.CompoundHead : Kpf.CompoundTail : 0);
                if (random.Next(noise) == 0) { flags[pfn] ^= 1UL << s_bits[random.Next(s_bits.Length)]; }
                if ((flags[pfn] & Kpf.Mmap) != 0 || random.Next(noise) == 0) { counts[pfn] = (ulong)random.Next(4); }
            }
        }
        Array.Clear(flags, Frames - 700, 700);
        return new HostMap("made up", flags, counts) { Ram = RamRanges.From([(0, 3000), (3500, Frames)], "made up") };
    }
}
