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
    public const int FindingsKept = 32;

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

    /// <summary>References by holder: mappings, cache, private, host, tasks.</summary>
    public long Mappings { get; set; }

    public long Cache { get; set; }

    public long Private { get; set; }

    public long Host { get; set; }

    public long Tasks { get; set; }

    public void Report(string invariant, ViolationKind kind, int pfn, string text)
    {
        Violations++;
        if (_findings.Count < FindingsKept) { _findings.Add(new AuditFinding(invariant, kind, new Pfn(pfn), text)); }
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
        _findings.AddRange(other._findings.Take(FindingsKept - _findings.Count));
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
        Tasks += other.Tasks;
    }
}
