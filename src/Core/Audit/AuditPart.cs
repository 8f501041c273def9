using MemCore.Primitives;

namespace MemCore.Audit;

/// <summary>One broken invariant: which, of what kind, where, and what was found in words that name the holders.</summary>
internal sealed record AuditFinding(string Invariant, ViolationKind Kind, Pfn Pfn, string Text)
{
    public override string ToString() => Pfn.IsNone ? $"{Invariant} {Kind}: {Text}" : $"{Invariant} {Kind}: pfn {Pfn}: {Text}";
}

/// <summary>What one thread found in its slice.</summary>
internal sealed class AuditPart
{
    /// <summary>Findings kept with their text; the rest is only counted.</summary>
    public const int FindingsKept = 64;

    /// <summary>Of one invariant: what breaks in thousands of places must not hide what breaks in one.</summary>
    private const int KeptOfOne = 8;

    private readonly List<AuditFinding> _findings = [];

    public IReadOnlyList<AuditFinding> Findings => _findings;

    public long Violations { get; private set; }

    /// <summary>Frames in use.</summary>
    public long Live { get; set; }

    /// <summary>Frames that an allocation may get.</summary>
    public long Free { get; set; }

    /// <summary>Frames that are no memory, or not yet.</summary>
    public long Away { get; set; }

    /// <summary>Frames that are neither in use nor free: leaked on purpose, or lost.</summary>
    public long Out { get; private set; }

    /// <summary>The first of them.</summary>
    public List<Pfn> FirstOut { get; } = [];

    public long Folios { get; set; }

    public long References { get; set; }

    /// <summary>References by holder: mappings, cache, private, host, drivers, tasks, batches.</summary>
    public long Mappings { get; set; }

    public long Cache { get; set; }

    public long Private { get; set; }

    public long Host { get; set; }

    public long Drivers { get; set; }

    public long Tasks { get; set; }

    public long Batches { get; set; }

    /// <summary>Folios whose flag says that they are on an LRU list, and those that the lists' links lead to.</summary>
    public long OnLists { get; set; }

    public long Linked { get; set; }

    /// <summary>Base frames of LRU folios that tasks say they have isolated.</summary>
    public long Isolated { get; set; }

    /// <summary>VMAs that their Mms lead to.</summary>
    public long Vmas { get; set; }

    /// <summary>Page-table entries that map one frame each, and those that map a whole folio; as frames count the latter.</summary>
    public long Entries { get; set; }

    public long HugeEntries { get; set; }

    public long HugeMappings { get; set; }

    /// <summary>Huge entries by the head that they map.</summary>
    public Dictionary<int, int> HugeByHead { get; } = [];

    /// <summary>Slots of page caches, and frames that say they are in one.</summary>
    public long CacheSlots { get; set; }

    public long CacheFrames { get; set; }

    public void Report(string invariant, ViolationKind kind, int pfn, string text)
    {
        Violations++;
        Keep(new AuditFinding(invariant, kind, new Pfn(pfn), text));
    }

    public void CountOut(int pfn)
    {
        Out++;
        if (FirstOut.Count < FindingsKept) { FirstOut.Add(new Pfn(pfn)); }
    }

    /// <summary>Adds what another slice found.</summary>
    public void Add(AuditPart other)
    {
        Violations += other.Violations;
        foreach (AuditFinding finding in other._findings) { Keep(finding); }
        Live += other.Live;
        Free += other.Free;
        Away += other.Away;
        Out += other.Out;
        FirstOut.AddRange(other.FirstOut.Take(FindingsKept - FirstOut.Count));
        Folios += other.Folios;
        References += other.References;
        Mappings += other.Mappings;
        Cache += other.Cache;
        Private += other.Private;
        Host += other.Host;
        Drivers += other.Drivers;
        Tasks += other.Tasks;
        Batches += other.Batches;
        OnLists += other.OnLists;
        Linked += other.Linked;
        Isolated += other.Isolated;
        Vmas += other.Vmas;
        Entries += other.Entries;
        HugeEntries += other.HugeEntries;
        HugeMappings += other.HugeMappings;
        CacheSlots += other.CacheSlots;
        CacheFrames += other.CacheFrames;
        foreach ((int head, int entries) in other.HugeByHead) { HugeByHead[head] = HugeByHead.GetValueOrDefault(head) + entries; }
    }

    private void Keep(AuditFinding finding)
    {
        if (_findings.Count >= FindingsKept) { return; }
        int same = 0;
        foreach (AuditFinding kept in _findings) { same += kept.Invariant == finding.Invariant ? 1 : 0; }
        if (same < KeptOfOne) { _findings.Add(finding); }
    }
}
