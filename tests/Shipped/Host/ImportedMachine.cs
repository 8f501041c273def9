using MemCore.Frames;
using MemCore.Lab.Host;
using MemCore.Primitives;
using MemCore.Tests.Formats;

namespace MemCore.Tests.Host;

/// <summary>A recorded host in columns of its own.</summary>
internal sealed class ImportedMachine : IDisposable
{
    private readonly Arena _arena;

    private ImportedMachine(HostMap map, ImportOptions options)
    {
        Map = map;
        int frames = HostImporter.TableFrames(map);
        _arena = new Arena((frames * 64L) + (1 << 20));
        Table = new FrameTable(_arena, frames);
        Bits = new HostBits(_arena, frames);
        Host = HostImporter.Import(map, Table, Bits, options);
    }

    public HostMap Map { get; }

    public FrameTable Table { get; }

    public HostBits Bits { get; }

    public ImportedHost Host { get; }

    public static ImportedMachine Of(string prefix)
    {
        Assert.True(HostSource.TryRead(RealHost.PathOf(prefix), 0, 0, out HostMap? map, out HostError? error), error?.Message);
        return Of(map);
    }

    public static ImportedMachine Of(HostMap map, ImportOptions options = default) => new(map, options);

    public void Dispose() => _arena.Dispose();
}
