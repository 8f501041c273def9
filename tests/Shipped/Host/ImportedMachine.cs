using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lab.Host;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Primitives;
using MemCore.Tests.Formats;
using MemCore.Waiting;

namespace MemCore.Tests.Host;

/// <summary>A host in a machine of its own, with two tasks that may act in it.</summary>
internal sealed class ImportedMachine : IDisposable
{
    public static readonly TaskId Task = new(0);

    private const int FrameBytes = 64;

    private ImportedMachine(HostMap map, ImportOptions options, MappingOptions? running = null)
    {
        Map = map;
        int frames = HostImporter.TableFrames(map);
        Machine = new Machine(new MachineOptions
        {
            Frames = frames,
            Cpus = 2,
            Tasks = 2,
            FrameBytes = FrameBytes,
            Lru = new LruOptions { Nodes = map.Zones.Nodes },
            Mapping = MappingNeeds.Of(map).AddTo(running ?? new MappingOptions()),
            ExtraBytes = HostBits.BytesFor(frames),
        });
        Bits = new HostBits(Machine.Arena, frames);
        Host = HostImporter.Import(map, Machine, Bits, options);
        Host.HandTo(Allocator);
        Host.ListOn(Machine.Lru, Table);
        Audit = new EngineAudit(AuditedEngine.Of(Machine));
    }

    public HostMap Map { get; }

    public Machine Machine { get; }

    public FrameTable Table => Machine.Frames;

    public HostBits Bits { get; }

    public CpuSlots Cpus => Machine.Cpus;

    public FrameAllocator Allocator => Machine.Allocator;

    public WaitTable Waits => Machine.Waiters;

    public FolioLock Lock => Machine.Locks;

    public FrameContents Contents => Machine.Contents;

    public ImportedHost Host { get; }

    public EngineAudit Audit { get; }

    public static ImportedMachine Of(string prefix) => new(Read(RealHost.PathOf(prefix)), default);

    public static ImportedMachine Of(HostMap map, ImportOptions options = default, MappingOptions? running = null) => new(map, options, running);

    public static HostMap Read(string host, ulong seed = 0, int frames = 0)
    {
        Assert.True(HostSource.TryRead(host, seed, frames, out HostMap? map, out HostError? error), error?.Message);
        return map;
    }

    public ulong[] Export()
    {
        ulong[] words = new ulong[Map.Frames];
        HostExporter.Flags(Table, Allocator, Bits, words);
        return words;
    }

    /// <summary>The first folio of a class and order; File and Anon stand for a file's and an anonymous mapping.</summary>
    public Pfn Find(HostFrameClass kind, int order, bool odd = false)
    {
        FrameColumns at = Table.AtRest;
        for (int pfn = odd ? 1 : 0; pfn < Table.Frames; pfn += odd ? 2 : 1)
        {
            bool used = FrameTable.IsAllocated(at.Generation[pfn]);
            long mapping = at.Mapping[pfn];
            bool fits = kind switch
            {
                HostFrameClass.Free => Allocator.IsFreeAtRest(new Pfn(pfn)),
                HostFrameClass.Anon => used && MappingWord.IsAnon(mapping) && MapCount.TypeOf(at.MapCount[pfn]) == PageType.None,
                HostFrameClass.File => used && mapping != 0 && !MappingWord.IsAnon(mapping),
                HostFrameClass.Slab => used && MapCount.TypeOf(at.MapCount[pfn]) == PageType.Slab,
                _ => throw new ArgumentOutOfRangeException(nameof(kind)),
            };
            if (fits && CompoundWord.OrderOf(at.Compound[pfn]) == order) { return new Pfn(pfn); }
        }
        throw new InvalidOperationException($"no {kind} of order {order}");
    }

    public void AssertAudited(HeldFolios? held = null)
    {
        AuditPart found = Audit.Run(held ?? HeldFolios.None);
        Assert.True(found.Violations == 0, $"{found.Violations} violations:\n{string.Join('\n', found.Findings)}");
    }

    public void Dispose() => Machine.Dispose();
}
