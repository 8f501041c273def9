namespace MemCore.Native;

/// <summary>The CPUs that this process may use, and the cores, nodes and caches around them. Immutable.</summary>
/// <remarks>
/// What the OS does not tell is filled in as plainly as possible (a CPU alone on its core, one node 0, no caches) and said in <see cref="Notes"/>.
/// </remarks>
public sealed partial class CpuTopology
{
    private static readonly Lazy<CpuTopology> s_current = new(Read);

    private CpuTopology(
        string source,
        IReadOnlyList<LogicalCpu> cpus,
        IReadOnlyList<CpuCore> cores,
        IReadOnlyList<NumaNode> nodes,
        IReadOnlyList<CpuCache> caches,
        IReadOnlyList<string> notes) => (Source, Cpus, Cores, Nodes, Caches, Notes) = (source, cpus, cores, nodes, caches, notes);

    /// <summary>This machine as this process first saw it; later hotplug and cpuset changes do not show.</summary>
    public static CpuTopology Current => s_current.Value;

    /// <summary>Where the answer comes from: <c>sysfs</c>, <c>windows</c> or <c>fallback</c>.</summary>
    public string Source { get; }

    /// <summary>CPUs that threads of this process may run on, by number; never empty.</summary>
    public IReadOnlyList<LogicalCpu> Cpus { get; }

    /// <summary>Cores with at least one of <see cref="Cpus"/>, in the order of their first CPU.</summary>
    public IReadOnlyList<CpuCore> Cores { get; }

    /// <summary>All nodes that are online, also those without a CPU of ours; by number; never empty.</summary>
    public IReadOnlyList<NumaNode> Nodes { get; }

    /// <summary>Caches that at least one of <see cref="Cpus"/> uses, by level, type and first CPU; each once. Empty if unknown.</summary>
    public IReadOnlyList<CpuCache> Caches { get; }

    /// <summary>What could not be read or made no sense, one line each. Empty on a machine that tells all.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Asks the OS now.</summary>
    public static CpuTopology Read()
    {
        if (OperatingSystem.IsLinux()) { return ReadLinux(); }
        if (OperatingSystem.IsWindows()) { return ReadWindows(); }
        return Fallback(Environment.ProcessorCount, "this OS offers no topology");
    }

    /// <summary>So many CPUs, each a core, on one node.</summary>
    internal static CpuTopology Fallback(int cpuCount, string note)
    {
        var notes = new TopologyNotes();
        notes.Add(note);
        return Assemble("fallback", [.. Enumerable.Range(0, cpuCount).Select(cpu => new CpuFacts(cpu))], [], [], notes);
    }

    /// <summary>Puts the parts in order and drops what lies outside the CPUs given.</summary>
    private static CpuTopology Assemble(
        string source, IReadOnlyList<CpuFacts> facts, IReadOnlyList<NumaNode> nodes, IEnumerable<CpuCache> caches, TopologyNotes notes)
    {
        CpuFacts[] sorted = [.. facts.OrderBy(fact => fact.Id)];
        HashSet<int> ours = [.. sorted.Select(fact => fact.Id)];
        NumaNode[] nodesInOrder = nodes.Count == 0
            ? [new NumaNode(0, [.. sorted.Select(fact => fact.Id)], null, [])]
            : [.. nodes.OrderBy(node => node.Id).Select(node => node with { Cpus = [.. node.Cpus.Where(ours.Contains)] })];

        var nodeOf = new Dictionary<int, int>();
        foreach (NumaNode node in nodesInOrder)
        {
            foreach (int cpu in node.Cpus) { nodeOf.TryAdd(cpu, node.Id); }
        }
        foreach (CpuFacts fact in sorted.Where(fact => !nodeOf.ContainsKey(fact.Id)))
        {
            notes.Add("CPU on no node, counted to the first", $"cpu{fact.Id}");
            nodeOf[fact.Id] = nodesInOrder[0].Id;
            nodesInOrder[0] = nodesInOrder[0] with { Cpus = [.. nodesInOrder[0].Cpus.Append(fact.Id).Order()] };
        }

        // A core is known by its first CPU, whether or not that one is ours.
        IGrouping<int, CpuFacts>[] byCore = [.. sorted.GroupBy(fact => fact.Siblings[0])];
        var cpus = new List<LogicalCpu>();
        var cores = new List<CpuCore>();
        foreach (IGrouping<int, CpuFacts> core in byCore)
        {
            CpuFacts first = core.First();
            cores.Add(new CpuCore(cores.Count, first.CoreId, first.PackageId, nodeOf[first.Id], [.. core.Select(fact => fact.Id)]));
            cpus.AddRange(core.Select(fact =>
                new LogicalCpu(fact.Id, cores.Count - 1, fact.CoreId, fact.PackageId, nodeOf[fact.Id], fact.Siblings)));
        }

        CpuCache[] cachesOnce = [.. caches
            .Where(cache => cache.SharedBy.Any(ours.Contains))
            .DistinctBy(cache => (cache.Level, cache.Type, CpuList.Format(cache.SharedBy)))
            .OrderBy(cache => cache.Level).ThenBy(cache => cache.Type).ThenBy(cache => cache.SharedBy[0])];
        return new CpuTopology(source, [.. cpus.OrderBy(cpu => cpu.Id)], cores, nodesInOrder, cachesOnce, notes.ToLines());
    }

    /// <summary>What was found out about one CPU; siblings sorted, itself included.</summary>
    private sealed class CpuFacts(int id)
    {
        public int Id { get; } = id;

        public int CoreId { get; set; } = id;

        public int PackageId { get; set; }

        public int[] Siblings { get; set; } = [id];
    }
}
