using MemCore.Lab.Formats;

namespace MemCore.Lab.Host;

/// <summary>A stretch of frames that the kernel keeps free lists for; <see cref="End"/> does not belong to it.</summary>
internal readonly record struct HostZone(int Node, string Name, int Start, int End);

/// <summary>The zones of a host, ascending.</summary>
internal sealed record ZoneLayout(IReadOnlyList<HostZone> Zones)
{
    private const int DmaEnd = 1 << 12;
    private const int Dma32End = 1 << 20;

    /// <summary>The zones that span frames, as zoneinfo has them; without it the borders of an x86-64 machine with one node.</summary>
    public static ZoneLayout From(ZoneInfo? info, int frames)
    {
        if (info is not null)
        {
            List<HostZone> zones = [.. info.Zones.Where(zone => zone.Spanned > 0 && zone.StartPfn < frames)
                .Select(zone => new HostZone(zone.Node, zone.Zone, (int)zone.StartPfn, (int)Math.Min(zone.EndPfn, frames)))
                .OrderBy(zone => zone.Start)];
            if (zones.Count > 0) { return new ZoneLayout(zones); }
        }
        HostZone[] usual =
        [
            new(0, "DMA", Math.Min(1, frames), Math.Min(DmaEnd, frames)),
            new(0, "DMA32", DmaEnd, Math.Min(Dma32End, frames)),
            new(0, "Normal", Dma32End, frames),
        ];
        return new ZoneLayout([.. usual.Where(zone => zone.End > zone.Start)]);
    }

    public int Nodes => Zones.Count == 0 ? 1 : Zones.Max(zone => zone.Node) + 1;

    /// <summary>The zones up to <paramref name="frames"/>.</summary>
    public ZoneLayout Below(int frames) =>
        new([.. Zones.Where(zone => zone.Start < frames).Select(zone => zone with { End = Math.Min(zone.End, frames) })]);

    /// <summary>The node of a frame; that of the zone before it when it lies between zones.</summary>
    public int NodeOf(int pfn)
    {
        int node = 0;
        foreach (HostZone zone in Zones)
        {
            if (zone.Start > pfn) { break; }
            node = zone.Node;
        }
        return node;
    }
}
