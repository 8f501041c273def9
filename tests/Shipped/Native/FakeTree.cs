namespace MemCore.Tests.Native;

/// <summary>A temporary folder that stands for <c>/sys</c> or <c>/proc</c>; deleted when disposed.</summary>
internal sealed class FakeTree : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("memcore-tree-").FullName;

    public string At(string path) => Path.Combine(Root, path);

    /// <summary>Writes one file, making its folders.</summary>
    public FakeTree With(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), text + "\n");
        return this;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Adds one CPU with its topology files.</summary>
    public FakeTree WithCpu(int cpu, int core, int package, string siblings)
    {
        string topology = $"devices/system/cpu/cpu{cpu}/topology";
        return With($"{topology}/core_id", $"{core}")
            .With($"{topology}/physical_package_id", $"{package}")
            .With($"{topology}/core_cpus_list", siblings);
    }

    public FakeTree WithCache(int cpu, int index, int level, string type, string size, string sharedBy)
    {
        string cache = $"devices/system/cpu/cpu{cpu}/cache/index{index}";
        return With($"{cache}/level", $"{level}")
            .With($"{cache}/type", type)
            .With($"{cache}/size", size)
            .With($"{cache}/coherency_line_size", "64")
            .With($"{cache}/shared_cpu_list", sharedBy);
    }

    public FakeTree WithNode(int node, string cpus, long memoryKib, string distance)
    {
        string directory = $"devices/system/node/node{node}";
        return With($"{directory}/cpulist", cpus)
            .With($"{directory}/meminfo", $"Node {node} MemTotal:       {memoryKib} kB\nNode {node} MemFree:  1 kB")
            .With($"{directory}/distance", distance);
    }
}
