using MemCore.Native;

namespace MemCore.Tests.Native;

public class CpuTopologyTests
{
    [Fact]
    public void SmtAndTwoNodesAreRead()
    {
        using FakeTree tree = TwoSockets();
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, [0, 1, 2, 3, 4, 5, 6, 7]);

        Assert.Equal("sysfs", topology.Source);
        Assert.Empty(topology.Notes);
        Assert.Equal(8, topology.Cpus.Count);
        Assert.Equal(new LogicalCpuView(5, 1, 1, 0, 0, "1,5"), View(topology.Cpus[5]));
        Assert.Equal(new LogicalCpuView(7, 3, 1, 1, 1, "3,7"), View(topology.Cpus[7]));
        Assert.Equal(["0,4", "1,5", "2,6", "3,7"], topology.Cores.Select(core => CpuList.Format(core.Cpus)));
        Assert.Equal([0, 0, 1, 1], topology.Cores.Select(core => core.PackageId));
        Assert.Equal([0, 1], topology.Nodes.Select(node => node.Id));
        Assert.Equal("2,3,6,7", CpuList.Format(topology.Nodes[1].Cpus));
        Assert.Equal(4096L * 1024, topology.Nodes[1].MemoryBytes);
        Assert.Equal([21, 10], topology.Nodes[1].Distances);
    }

    [Fact]
    public void CachesAreListedOnceWithTheirUsers()
    {
        using FakeTree tree = TwoSockets();
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, [0, 1, 2, 3, 4, 5, 6, 7]);

        Assert.Equal(6, topology.Caches.Count);
        CpuCache first = topology.Caches[0];
        Assert.Equal((1, CpuCacheType.Data, 48L * 1024, 64, "0,4"), (first.Level, first.Type, first.SizeBytes, first.LineBytes, CpuList.Format(first.SharedBy)));
        CpuCache last = topology.Caches[^1];
        Assert.Equal((3, CpuCacheType.Unified, 32L << 20, "2,3,6,7"), (last.Level, last.Type, last.SizeBytes, CpuList.Format(last.SharedBy)));
    }

    [Fact]
    public void OnlyAllowedCpusCountButSharingIsToldInFull()
    {
        using FakeTree tree = TwoSockets();
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, [5, 6]);

        Assert.Equal([5, 6], topology.Cpus.Select(cpu => cpu.Id));
        Assert.Equal([0, 1], topology.Cpus.Select(cpu => cpu.CoreIndex));
        Assert.Equal([1, 5], topology.Cpus[0].SmtSiblings);
        Assert.Equal([5], topology.Cores[0].Cpus);
        Assert.Equal(["5", "6"], topology.Nodes.Select(node => CpuList.Format(node.Cpus)));
        Assert.Equal(4, topology.Caches.Count);
        Assert.Empty(topology.Notes);
    }

    [Fact]
    public void OfflineCpusAreLeftOut()
    {
        using FakeTree tree = TwoSockets();
        tree.With("devices/system/cpu/online", "0-2,4-6");
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, [0, 1, 2, 3, 4, 5, 6, 7]);

        Assert.Equal([0, 1, 2, 4, 5, 6], topology.Cpus.Select(cpu => cpu.Id));
        Assert.Equal(3, topology.Cores.Count);
    }

    [Fact]
    public void WithoutAMaskEveryOnlineCpuIsTakenAndSaidSo()
    {
        using FakeTree tree = TwoSockets();
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, null);

        Assert.Equal(8, topology.Cpus.Count);
        Assert.Contains(topology.Notes, note => note.Contains("mask is unknown"));
    }

    [Fact]
    public void AMemoryOnlyNodeIsListedWithoutCpus()
    {
        using FakeTree tree = TwoSockets();
        tree.With("devices/system/node/online", "0-1,4")
            .WithNode(0, "0-1,4-5", 2048, "10 21 30")
            .WithNode(1, "2-3,6-7", 2048, "21 10 30")
            .WithNode(4, "", 8192, "30 30 10");
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, [0, 1]);

        Assert.Equal([0, 1, 4], topology.Nodes.Select(node => node.Id));
        Assert.Empty(topology.Nodes[2].Cpus);
        Assert.Empty(topology.Notes);
    }

    [Fact]
    public void AMissingTreeStillGivesTheAllowedCpus()
    {
        using var tree = new FakeTree();
        CpuTopology topology = CpuTopology.ReadSysfs(tree.At("nowhere"), [2, 9]);

        Assert.Equal("fallback", topology.Source);
        Assert.Equal([2, 9], topology.Cpus.Select(cpu => cpu.Id));
        Assert.Equal(2, topology.Cores.Count);
        Assert.Equal([2, 9], Assert.Single(topology.Nodes).Cpus);
        Assert.Empty(topology.Caches);
        Assert.Contains(topology.Notes, note => note.Contains("is missing"));
    }

    [Fact]
    public void NothingKnownGivesAsManyCpusAsTheRuntimeSees()
    {
        using var tree = new FakeTree();
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, null);

        Assert.Equal(Environment.ProcessorCount, topology.Cpus.Count);
        Assert.NotEmpty(topology.Notes);
    }

    [Fact]
    public void AMaskThatDisagreesWithOnlineWins()
    {
        using FakeTree tree = TwoSockets();
        tree.With("devices/system/cpu/online", "0");
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, [2, 3]);

        Assert.Equal([2, 3], topology.Cpus.Select(cpu => cpu.Id));
        Assert.Contains(topology.Notes, note => note.Contains("called online"));
    }

    [Fact]
    public void MalformedFilesBecomeNotesAndPlainValues()
    {
        using FakeTree tree = TwoSockets();
        tree.With("devices/system/cpu/cpu1/topology/core_id", "one")
            .With("devices/system/cpu/cpu2/topology/core_cpus_list", "2-")
            .With("devices/system/cpu/cpu6/topology/core_cpus_list", "9")
            .With("devices/system/cpu/cpu0/cache/index0/size", "big")
            .With("devices/system/cpu/cpu0/cache/index0/type", "Quantum")
            .With("devices/system/cpu/cpu3/cache/index1/shared_cpu_list", "")
            .With("devices/system/node/node1/cpulist", "x")
            .With("devices/system/node/node0/distance", "10");
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, [0, 1, 2, 3, 4, 5, 6, 7]);

        Assert.Equal(1, topology.Cpus[1].CoreId);
        Assert.Equal([2], topology.Cpus[2].SmtSiblings);
        Assert.Equal([6], topology.Cpus[6].SmtSiblings);
        Assert.Contains(topology.Caches, cache => cache is { Type: CpuCacheType.Unknown, SizeBytes: 0 });
        Assert.Equal(8, topology.Nodes[0].Cpus.Count);
        Assert.Empty(topology.Nodes[0].Distances);
        string[] expected =
        [
            "core_id unreadable: cpu1",
            "SMT siblings unreadable, CPU counts as a core of its own: cpu2 and 1 more",
            "cache size unreadable: cpu0 index0",
            "cache type unreadable: cpu0 index0",
            "users of a cache unreadable, counted as this CPU's alone: cpu3 index1",
            "distances of a node unreadable: node0",
            "CPU on no node, counted to the first: cpu2 and 3 more",
        ];
        foreach (string note in expected) { Assert.Contains(note, topology.Notes); }
        Assert.Contains(topology.Notes, note => note.Contains("node1/cpulist") && note.Contains("\"x\" is not a number"));
        Assert.Equal(expected.Length + 1, topology.Notes.Count);
    }

    [Fact]
    public void AKernelWithoutNumaHasOneNode()
    {
        using FakeTree tree = TwoSockets();
        Directory.Delete(tree.At("devices/system/node"), recursive: true);
        CpuTopology topology = CpuTopology.ReadSysfs(tree.Root, [0, 1]);

        Assert.Equal([0, 1], Assert.Single(topology.Nodes).Cpus);
        Assert.Null(topology.Nodes[0].MemoryBytes);
        Assert.Contains(topology.Notes, note => note.Contains("NUMA"));
    }

    [Fact]
    public void ThisMachineHoldsTogether()
    {
        CpuTopology topology = CpuTopology.Current;

        Assert.NotEmpty(topology.Cpus);
        Assert.Equal(topology.Cpus.Count, topology.Cores.Sum(core => core.Cpus.Count));
        Assert.Equal(topology.Cpus.Count, topology.Nodes.Sum(node => node.Cpus.Count));
        foreach (LogicalCpu cpu in topology.Cpus)
        {
            Assert.Contains(cpu.Id, topology.Cores[cpu.CoreIndex].Cpus);
            Assert.Contains(cpu.Id, cpu.SmtSiblings);
            Assert.Contains(cpu.Id, topology.Nodes.Single(node => node.Id == cpu.NodeId).Cpus);
        }
    }

    private static FakeTree TwoSockets()
    {
        FakeTree tree = new FakeTree()
            .With("devices/system/cpu/online", "0-7")
            .With("devices/system/node/online", "0-1")
            .WithNode(0, "0-1,4-5", 2048, "10 21")
            .WithNode(1, "2-3,6-7", 4096, "21 10");
        for (int cpu = 0; cpu < 8; cpu++)
        {
            int core = cpu % 4;
            string siblings = $"{core},{core + 4}";
            tree.WithCpu(cpu, core % 2, core / 2, siblings)
                .WithCache(cpu, 0, 1, "Data", "48K", siblings)
                .WithCache(cpu, 1, 3, "Unified", "32M", core < 2 ? "0-1,4-5" : "2-3,6-7");
        }
        return tree;
    }

    private static LogicalCpuView View(LogicalCpu cpu) =>
        new(cpu.Id, cpu.CoreIndex, cpu.CoreId, cpu.PackageId, cpu.NodeId, CpuList.Format(cpu.SmtSiblings));

    private sealed record LogicalCpuView(int Id, int CoreIndex, int CoreId, int PackageId, int NodeId, string Siblings);
}
