using MemCore.Mapping;

namespace MemCore.Lab.Host;

/// <summary>What the mappings of a host take from the machine's pools.</summary>
internal sealed record MappingNeeds
{
    private static readonly MappingOptions s_shape = new();

    public required int Mms { get; init; }

    public required int Vmas { get; init; }

    public required int AnonVmas { get; init; }

    /// <summary>Links between VMAs and anon_vmas.</summary>
    public required int AnonLinks { get; init; }

    public required int Caches { get; init; }

    public required int CacheNodes { get; init; }

    /// <summary>Page tables of all levels.</summary>
    public required int TableNodes { get; init; }

    public required int KsmNodes { get; init; }

    public required int KsmItems { get; init; }

    /// <summary>The least order of a translation cache: the more frames there are, the fewer bits of a page fit beside one.</summary>
    public required int TlbOrder { get; init; }

    /// <summary>For tables of the kernel's shape, which <see cref="MappingOptions"/> has unless told otherwise. Linear in the frames.</summary>
    public static MappingNeeds Of(HostMap map) => map.Plan.Needs(s_shape.TableLevels, s_shape.CacheLevels);

    /// <summary>Pools for the host and for what runs on it. The shape of tables and trees is the kernel's.</summary>
    public MappingOptions AddTo(MappingOptions running) => running with
    {
        Mms = running.Mms + Mms,
        Vmas = running.Vmas + Vmas,
        AnonVmas = running.AnonVmas + AnonVmas,
        AnonLinks = running.AnonLinks + AnonLinks,
        Caches = running.Caches + Caches,
        CacheNodes = running.CacheNodes + CacheNodes,
        TableNodes = running.TableNodes + TableNodes,
        KsmNodes = running.KsmNodes + KsmNodes,
        KsmItems = running.KsmItems + KsmItems,
        TlbOrder = Math.Max(running.TlbOrder, TlbOrder),
        TableOrder = s_shape.TableOrder,
        TableLevels = s_shape.TableLevels,
        CacheOrder = s_shape.CacheOrder,
        CacheLevels = s_shape.CacheLevels,
    };
}
