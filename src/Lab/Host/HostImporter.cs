using System.Diagnostics;
using MemCore.Engine;
using MemCore.Frames;

namespace MemCore.Lab.Host;

/// <summary>What to do with what the recording leaves open.</summary>
/// <param name="DeferredFree">Memory that the kernel has not initialised yet is free instead of absent.</param>
/// <param name="Threads">How many threads fill the columns; 0 for as many as the process may use.</param>
internal readonly record struct ImportOptions(bool DeferredFree = false, int Threads = 0);

/// <summary>Gives the engine's frames, page tables and page caches the state of a host's.</summary>
/// <remarks>
/// Every frame in use gets one life, and every reference a holder: mappings, page or swap cache, private data, and the host for the rest.
/// Every mapping is an entry of a made-up Mm's page table, every frame of a file is in a page cache, every merged one in a stable node.
/// Holes and absent frames carry a page type and an even generation, so that nothing takes them for free or for used.
/// Contents are not made up: a read finds a frame that is not intact. At rest only, on a fresh machine.
/// </remarks>
internal static class HostImporter
{
    /// <summary>Frames of the largest folio: slices and cuts fall between multiples of it.</summary>
    public const int LargestFolio = 1 << FrameTable.MaxOrder;

    /// <summary>Frames that a thread takes at a time: whole objects of the mapping plan.</summary>
    public const int SliceFrames = 64 * LargestFolio;

    /// <summary>The frames of a table that takes this map: whole folios of the largest order; the surplus becomes a hole.</summary>
    public static int TableFrames(HostMap map) => (map.Frames + LargestFolio - 1) / LargestFolio * LargestFolio;

    public static ImportedHost Import(HostMap map, Machine machine, HostBits bits, ImportOptions options = default)
    {
        FrameTable table = machine.Frames;
        if (table.Frames < map.Frames) { throw new ArgumentException("the machine has fewer frames than the map", nameof(machine)); }
        long start = Stopwatch.GetTimestamp();
        SyntheticMms mms = new(machine, map.Plan);
        int slices = (table.Frames + SliceFrames - 1) / SliceFrames;
        ImportTally[] tallies = new ImportTally[slices];
        byte[] blocks = new byte[(table.Frames + HostMap.BlockFrames - 1) / HostMap.BlockFrames];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.Threads > 0 ? options.Threads : Environment.ProcessorCount };
        Parallel.For(0, slices, parallel, slice =>
        {
            tallies[slice] = new ImportTally();
            int from = slice * SliceFrames;
            TakeByNode(map, table, bits, mms, blocks, tallies[slice], options, from, Math.Min(from + SliceFrames, table.Frames));
        });
        ImportTally sum = new();
        foreach (ImportTally tally in tallies) { sum.Add(tally); }
        mms.TakeMerged(sum);
        return new ImportedHost(map, table.Frames, sum, blocks, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    /// <summary>Nodes border on multiples of the largest folio; a zone that begins elsewhere begins at the next.</summary>
    private static void TakeByNode(
        HostMap map, FrameTable table, HostBits bits, SyntheticMms mms, byte[] blocks, ImportTally tally, ImportOptions options, int from, int to)
    {
        while (from < to)
        {
            int node = map.Zones.NodeOf(from + LargestFolio - 1);
            int next = from + LargestFolio;
            while (next < to && map.Zones.NodeOf(next + LargestFolio - 1) == node) { next += LargestFolio; }
            next = Math.Min(next, to);
            new HostImportSlice(map, table, bits, mms, blocks, tally, options.DeferredFree, node).Take(from, next);
            from = next;
        }
    }
}
