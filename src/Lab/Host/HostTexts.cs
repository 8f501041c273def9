using System.Globalization;
using System.Text;
using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Lab.Host;

/// <summary>The engine's own state as the kernel's texts: buddyinfo, pagetypeinfo, vmstat. At rest only.</summary>
internal static class HostTexts
{
    private static readonly string[] s_types = [.. Enum.GetNames<MigrateType>(), "Isolate"];
    private static readonly CultureInfo s_plain = CultureInfo.InvariantCulture;

    /// <summary>Free blocks per order, a line a zone.</summary>
    public static string BuddyInfo(FrameAllocator allocator, ZoneLayout zones)
    {
        StringBuilder text = new();
        foreach (HostZone zone in zones.Zones)
        {
            FreeCensus census = FreeCensus.Of(allocator, zone.Start, zone.End);
            text.Append(s_plain, $"Node {zone.Node}, zone {zone.Name,8} ");
            for (int order = 0; order <= FrameTable.MaxOrder; order++) { text.Append(s_plain, $"{census.Blocks(order),6} "); }
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Free blocks per type and order, then blocks per type. A block counts while it has a frame that is memory.</summary>
    public static string PageTypeInfo(FrameTable table, FrameAllocator allocator, ZoneLayout zones)
    {
        StringBuilder text = new();
        text.Append(s_plain, $"Page block order: {int.Log2(allocator.BlockFrames)}\nPages per block:  {allocator.BlockFrames}\n\n");
        text.Append("Free pages count per migrate type at order  ");
        for (int order = 0; order <= FrameTable.MaxOrder; order++) { text.Append(s_plain, $"{order,6} "); }
        text.Append('\n');
        foreach (HostZone zone in zones.Zones)
        {
            FreeCensus census = FreeCensus.Of(allocator, zone.Start, zone.End);
            for (int row = 0; row < FreeCensus.Rows; row++)
            {
                text.Append(s_plain, $"Node {zone.Node,4}, zone {zone.Name,8}, type {s_types[row],12} ");
                for (int order = 0; order <= FrameTable.MaxOrder; order++) { text.Append(s_plain, $"{census[row, order],6} "); }
                text.Append('\n');
            }
        }
        text.Append("\nNumber of blocks type  ");
        foreach (string type in s_types) { text.Append(s_plain, $"{type,12} "); }
        text.Append('\n');
        foreach (HostZone zone in zones.Zones)
        {
            text.Append(s_plain, $"Node {zone.Node}, zone {zone.Name,8} ");
            foreach (long blocks in BlocksPerType(table, allocator, zone)) { text.Append(s_plain, $"{blocks,12} "); }
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The gauges that the frames themselves tell, under the kernel's names, in its order; then what is counted, as given.</summary>
    public static string VmStat(FrameTable table, FrameAllocator allocator, IEnumerable<KeyValuePair<string, long>> counted)
    {
        StringBuilder text = new();
        text.Append(s_plain, $"nr_free_pages {allocator.FreeFramesAtRest() - allocator.ListedFramesAtRest()}\n");
        foreach ((string name, long value) in VmGauges.Of(table)) { text.Append(s_plain, $"{name} {value}\n"); }
        foreach ((string name, long value) in counted) { text.Append(s_plain, $"{name} {value}\n"); }
        return text.ToString();
    }

    private static long[] BlocksPerType(FrameTable table, FrameAllocator allocator, HostZone zone)
    {
        long[] blocks = new long[FreeCensus.Rows];
        Strided<int> map = table.AtRest.MapCount;
        Strided<uint> generation = table.AtRest.Generation;
        for (int start = zone.Start / allocator.BlockFrames * allocator.BlockFrames; start < zone.End; start += allocator.BlockFrames)
        {
            int end = Math.Min(start + allocator.BlockFrames, zone.End);
            for (int pfn = Math.Max(start, zone.Start); pfn < end; pfn++)
            {
                if (!FrameTable.IsAllocated(generation[pfn]) && MapCount.TypeOf(map[pfn]) is PageType.Offline or PageType.Unaccepted) { continue; }
                blocks[FreeCensus.RowOf(allocator, start / allocator.BlockFrames)]++;
                break;
            }
        }
        return blocks;
    }
}
