using System.Globalization;
using System.Text;
using System.Text.Json;
using MemCore.Frames;
using MemCore.Lab.Formats;
using MemCore.Lru;

namespace MemCore.Lab.Host;

/// <summary>What an import found: the host's frames, where its recording contradicts itself, and its own totals beside ours.</summary>
internal sealed class ImportReport
{
    private static readonly CultureInfo s_plain = CultureInfo.InvariantCulture;

    private readonly ImportedHost _host;
    private readonly long[] _freeBlocks = new long[FrameTable.MaxOrder + 1];

    public ImportReport(ImportedHost host)
    {
        _host = host;
        FreeCensus census = new();
        foreach (HostZone zone in host.Map.Zones.Zones)
        {
            foreach (FreeRun run in host.Tally.FreeRuns) { census.Add(0, Math.Max(run.Start, zone.Start), Math.Min(run.End, zone.End)); }
        }
        for (int order = 0; order < _freeBlocks.Length; order++) { _freeBlocks[order] = census.Blocks(order); }
        for (int block = 0; block < host.Blocks; block++)
        {
            if (!host.IsManaged(block)) { continue; }
            if (host.IsUnmovable(block)) { UnmovableBlocks++; }
            else { MovableBlocks++; }
        }
    }

    /// <summary>Reading and importing.</summary>
    public double Seconds => (_host.Map.ReadMs + _host.ImportMs) / 1000;

    public long UnmovableBlocks { get; }

    public long MovableBlocks { get; }

    /// <summary>Free blocks per order as the imported frames make them.</summary>
    public IReadOnlyList<long> FreeBlocks => _freeBlocks;

    /// <summary>buddyinfo's, summed over the zones; null without it.</summary>
    public IReadOnlyList<long>? RecordedFreeBlocks => _host.Map.BuddyInfo is not { } info ? null
        : [.. Enumerable.Range(0, info.Zones[0].FreeBlocks.Count).Select(order => info.Zones.Sum(zone => zone.FreeBlocks[order]))];

    public long this[HostFrameClass kind] => _host.Tally.Frames[(int)kind];

    public long this[HostDisagreement kind] => _host.Tally.Disagreements[(int)kind];

    /// <summary>Some fifteen short lines for a reader, each ended by a newline.</summary>
    public string ToText()
    {
        StringBuilder text = new();
        ImportTally tally = _host.Tally;
        text.Append(s_plain, $"host {_host.Map.Source}: {_host.Map.Frames:N0} frames, read and imported in {Seconds:F1} s; memory from {_host.Map.Ram.Source}\n");
        text.Append(s_plain, $"  in use {_host.InUse:N0}, free {_host.Free:N0}, absent {_host.Absent:N0}, holes {_host.Holes:N0}\n");
        text.Append(s_plain, $"  used as {string.Join(", ", UsedClasses().Select(kind => $"{WordOf(kind)} {this[kind]:N0}"))}\n");
        text.Append(s_plain, $"  references {tally.Mappings + tally.CacheReferences + tally.PrivateReferences + tally.HostReferences:N0}: ");
        text.Append(s_plain, $"mapping {tally.Mappings:N0}, cache {tally.CacheReferences:N0}, private {tally.PrivateReferences:N0}, host {tally.HostReferences:N0}\n");
        MappingNeeds made = _host.Needs;
        text.Append(s_plain, $"  mapped by {made.Mms:N0} made-up processes: {made.Vmas:N0} VMAs, {made.TableNodes:N0} page tables, ");
        text.Append(s_plain, $"{tally.PteEntries:N0} entries, {tally.HugeEntries:N0} huge; hugetlb {tally.HugetlbMappings:N0} without entries\n");
        text.Append(s_plain, $"  {made.Caches:N0} page caches with {tally.CacheSlots:N0} frames, {made.AnonVmas:N0} anon_vmas, ");
        text.Append(s_plain, $"{made.KsmNodes:N0} merged folios at {tally.KsmItems:N0} places\n");
        text.Append(s_plain, $"  lists {string.Join(", ", LruKinds().Select(kind => $"{LruWordOf(kind)} {_host.LruFolios[(int)kind]:N0}"))} folios\n");
        AppendOrders(text, "folios by order", tally.Folios);
        AppendOrders(text, "free blocks by order", _freeBlocks);
        if (RecordedFreeBlocks is { } recorded) { AppendOrders(text, "  buddyinfo says", recorded); }
        text.Append(s_plain, $"  blocks unmovable {UnmovableBlocks:N0}, movable {MovableBlocks:N0}");
        text.Append(_host.Map.PageTypeInfo is { } types ? $"; pagetypeinfo says {string.Join(", ", types.Types.Select(type => $"{type} {types.BlocksOf(type):N0}"))}\n" : "\n");
        foreach (HostDisagreement kind in Contradictions()) { text.Append(s_plain, $"  {this[kind]:N0} {Explain(kind)}\n"); }
        foreach (string note in _host.Map.Notes) { text.Append(s_plain, $"  note: {note}\n"); }
        return text.ToString();
    }

    /// <summary>The same as fields of an object that the caller has begun.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("source", _host.Map.Source);
        json.WriteNumber("frames", _host.Map.Frames);
        json.WriteNumber("import_seconds", Math.Round(Seconds, 3));
        json.WriteString("memory_from", _host.Map.Ram.Source);
        json.WriteNumber("in_use", _host.InUse);
        json.WriteNumber("free", _host.Free);
        json.WriteNumber("absent", _host.Absent);
        json.WriteNumber("holes", _host.Holes);
        json.WriteStartObject("classes");
        foreach (HostFrameClass kind in UsedClasses()) { json.WriteNumber(WordOf(kind).Replace(' ', '_'), this[kind]); }
        json.WriteEndObject();
        json.WriteStartObject("references");
        json.WriteNumber("mapping", _host.Tally.Mappings);
        json.WriteNumber("cache", _host.Tally.CacheReferences);
        json.WriteNumber("private", _host.Tally.PrivateReferences);
        json.WriteNumber("host", _host.Tally.HostReferences);
        json.WriteEndObject();
        MappingNeeds made = _host.Needs;
        json.WriteStartObject("mappings");
        json.WriteNumber("processes", made.Mms);
        json.WriteNumber("vmas", made.Vmas);
        json.WriteNumber("page_tables", made.TableNodes);
        json.WriteNumber("entries", _host.Tally.PteEntries);
        json.WriteNumber("huge_entries", _host.Tally.HugeEntries);
        json.WriteNumber("hugetlb", _host.Tally.HugetlbMappings);
        json.WriteNumber("anon_vmas", made.AnonVmas);
        json.WriteNumber("page_caches", made.Caches);
        json.WriteNumber("cached_frames", _host.Tally.CacheSlots);
        json.WriteNumber("ksm_nodes", made.KsmNodes);
        json.WriteNumber("ksm_items", _host.Tally.KsmItems);
        json.WriteEndObject();
        json.WriteStartObject("lru_folios");
        foreach (LruKind kind in LruKinds()) { json.WriteNumber(LruWordOf(kind).Replace(' ', '_'), _host.LruFolios[(int)kind]); }
        json.WriteEndObject();
        json.WriteStartObject("disagreements");
        foreach (HostDisagreement kind in Contradictions()) { json.WriteNumber(JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()), this[kind]); }
        json.WriteEndObject();
        WriteArray(json, "folios", _host.Tally.Folios);
        WriteArray(json, "free_blocks", _freeBlocks);
        if (RecordedFreeBlocks is { } recorded) { WriteArray(json, "buddyinfo", recorded); }
        json.WriteStartObject("blocks");
        json.WriteNumber("unmovable", UnmovableBlocks);
        json.WriteNumber("movable", MovableBlocks);
        json.WriteEndObject();
        if (_host.Map.PageTypeInfo is { } types)
        {
            json.WriteStartObject("pagetypeinfo");
            foreach (string type in types.Types) { json.WriteNumber(type.ToLowerInvariant(), types.BlocksOf(type)); }
            json.WriteEndObject();
        }
    }

    private static void WriteArray(Utf8JsonWriter json, string name, IEnumerable<long> values)
    {
        json.WriteStartArray(name);
        foreach (long value in values) { json.WriteNumberValue(value); }
        json.WriteEndArray();
    }

    private static void AppendOrders(StringBuilder text, string what, IEnumerable<long> counts) =>
        text.Append(s_plain, $"  {what,-21}{string.Join(' ', counts.Select(count => count.ToString(s_plain).PadLeft(7)))}\n");

    private IEnumerable<HostFrameClass> UsedClasses() => Enum.GetValues<HostFrameClass>().Where(kind => kind > HostFrameClass.Free && this[kind] > 0);

    private IEnumerable<HostDisagreement> Contradictions() =>
        Enumerable.Range(0, (int)HostDisagreement.Count).Select(kind => (HostDisagreement)kind).Where(kind => this[kind] > 0);

    private static IEnumerable<LruKind> LruKinds() => Enumerable.Range(0, (int)LruKind.Count).Select(kind => (LruKind)kind);

    private static string LruWordOf(LruKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString()).Replace('_', ' ');

    private static string WordOf(HostFrameClass kind) => kind switch
    {
        HostFrameClass.PageTable => "page tables",
        _ => kind.ToString().ToLowerInvariant(),
    };

    private static string Explain(HostDisagreement kind) => kind switch
    {
        HostDisagreement.CountWithoutFlags => "mapped frames without any flag (count dropped)",
        HostDisagreement.CountOnFree => "mapped frames that are free (count dropped)",
        HostDisagreement.CountWithoutMmap => "mapped frames of folios that are not (count dropped)",
        HostDisagreement.MmapWithoutCount => "mapped folios without a count (one mapping taken)",
        HostDisagreement.CountOnTyped => "mapped slab, page-table or offline frames (count dropped)",
        HostDisagreement.SlabWithForeignBits => "slab frames with bits that slab reuses (kept for the image)",
        HostDisagreement.FreeWithFlags => "free frames with flags (kept for the image)",
        HostDisagreement.TailWithoutHead => "tails without a head (frames of their own)",
        HostDisagreement.MisshapenFolio => "folios of impossible shape (taken frame by frame)",
        HostDisagreement.TailDiffersFromHead => "tails that differ from their head (the head decides)",
        HostDisagreement.ActiveAndUnevictable => "folios active and unevictable (taken as unevictable)",
        HostDisagreement.InFlight => "folios locked or under writeback (kept for the image)",
        HostDisagreement.SwapCacheBits => "folios whose swap-cache bits contradict each other",
        HostDisagreement.LruOnTyped => "frames on an LRU list that are of no list's kind (kept for the image)",
        HostDisagreement.MergedLarge => "merged folios of several frames (taken as anonymous)",
        HostDisagreement.ExclusiveButShared => "exclusive anonymous folios that are shared (taken as shared)",
        HostDisagreement.CountBeyondMms => "frames mapped more often than is represented (count cut)",
        _ => "frames with flags outside of memory",
    };
}
