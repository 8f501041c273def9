using MemCore.Allocation;
using MemCore.Audit;
using MemCore.Frames;
using MemCore.Lab.Host;
using MemCore.Primitives;
using MemCore.Tests.Formats;
using MemCore.Waiting;

namespace MemCore.Tests.Host;

/// <summary>A host in an engine of its own: frames, allocator, wait table, one task.</summary>
internal sealed class ImportedMachine : IDisposable
{
    public static readonly TaskId Task = new(0);

    private const int FrameBytes = 64;

    private readonly Arena _arena;
    private readonly PageMemory _memory;

    private ImportedMachine(HostMap map, ImportOptions options)
    {
        Map = map;
        int frames = HostImporter.TableFrames(map);
        _arena = new Arena(HostMemory.ArenaBytes(frames, tasks: 2, cpus: 2));
        Table = new FrameTable(_arena, frames);
        Bits = new HostBits(_arena, frames);
        Cpus = new CpuSlots(_arena, cpus: 2, tasks: 2);
        EventCounters events = new(_arena, tasks: 2);
        Allocator = new FrameAllocator(_arena, Table, Cpus, events, new AllocatorOptions());
        Waits = new WaitTable(_arena, Table, Cpus, events, new WaitOptions());
        Lock = new FolioLock(Table, Waits, events);
        _memory = new PageMemory(_arena, frames, FrameBytes);
        Contents = new FrameContents(_memory);
        Host = HostImporter.Import(map, Table, Bits, options);
        Host.HandTo(Allocator);
        Audit = new EngineAudit(new AuditedEngine(Table) { Allocator = Allocator, Waits = Waits, Cpus = Cpus, Contents = Contents });
    }

    public HostMap Map { get; }

    public FrameTable Table { get; }

    public HostBits Bits { get; }

    public CpuSlots Cpus { get; }

    public FrameAllocator Allocator { get; }

    public WaitTable Waits { get; }

    public FolioLock Lock { get; }

    public FrameContents Contents { get; }

    public ImportedHost Host { get; }

    public EngineAudit Audit { get; }

    public long ArenaBytes => _arena.UsedBytes;

    public static ImportedMachine Of(string prefix) => new(Read(RealHost.PathOf(prefix)), default);

    public static ImportedMachine Of(HostMap map, ImportOptions options = default) => new(map, options);

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

    public void Dispose()
    {
        _memory.Dispose();
        _arena.Dispose();
    }
}
