using System.Globalization;

namespace MemCore.Native;

public sealed partial class CpuTopology
{
    private const string SysfsRoot = "/sys";

    /// <summary>Reads a tree laid out as <c>/sys</c>.</summary>
    /// <param name="root">What stands for <c>/sys</c>.</param>
    /// <param name="allowed">The CPUs of the process; null takes all that the tree calls online.</param>
    internal static CpuTopology ReadSysfs(string root, IReadOnlyList<int>? allowed)
    {
        var notes = new TopologyNotes();
        string cpuRoot = Path.Combine(root, "devices/system/cpu");
        int[]? online = ReadList(Path.Combine(cpuRoot, "online"), notes);
        if (allowed is null) { notes.Add("the process's CPU mask is unknown; taking every CPU that is online"); }

        int[] ids = [.. (allowed ?? online ?? []).Where(cpu => online is null || online.Contains(cpu)).Distinct().Order()];
        if (ids.Length == 0 && allowed is { Count: > 0 })
        {
            notes.Add("none of the process's CPUs is called online; taking them as they are");
            ids = [.. allowed.Distinct().Order()];
        }
        if (ids.Length == 0) { return Fallback(Environment.ProcessorCount, $"no usable CPU found under {cpuRoot}"); }
        if (!Directory.Exists(cpuRoot))
        {
            notes.Add($"{cpuRoot} is missing: each CPU counts as a core, no caches");
            return Assemble("fallback", [.. ids.Select(cpu => new CpuFacts(cpu))], [], [], notes);
        }

        CpuFacts[] facts = [.. ids.Select(cpu => ReadCpu(cpuRoot, cpu, notes))];
        CpuCache[] caches = [.. ids.SelectMany(cpu => ReadCaches(cpuRoot, cpu, notes))];
        if (caches.Length == 0) { notes.Add("no cache could be read"); }
        return Assemble("sysfs", facts, ReadNodes(Path.Combine(root, "devices/system/node"), notes), caches, notes);
    }

    private static CpuTopology ReadLinux() => ReadSysfs(SysfsRoot, LinuxAffinity.ProcessCpus());

    private static CpuFacts ReadCpu(string cpuRoot, int cpu, TopologyNotes notes)
    {
        string directory = Path.Combine(cpuRoot, $"cpu{cpu}", "topology");
        var facts = new CpuFacts(cpu);
        if (TryInt(directory, "core_id", $"cpu{cpu}", notes, out int core)) { facts.CoreId = core; }
        if (TryInt(directory, "physical_package_id", $"cpu{cpu}", notes, out int package)) { facts.PackageId = package; }

        // core_cpus_list since 5.3, thread_siblings_list before it and still beside it.
        int[]? siblings = ReadListQuiet(Path.Combine(directory, "core_cpus_list"))
            ?? ReadListQuiet(Path.Combine(directory, "thread_siblings_list"));
        if (siblings is not null && siblings.Contains(cpu)) { facts.Siblings = siblings; }
        else { notes.Add("SMT siblings unreadable, CPU counts as a core of its own", $"cpu{cpu}"); }
        return facts;
    }

    private static IEnumerable<CpuCache> ReadCaches(string cpuRoot, int cpu, TopologyNotes notes)
    {
        string caches = Path.Combine(cpuRoot, $"cpu{cpu}", "cache");
        for (int index = 0; Directory.Exists(Path.Combine(caches, $"index{index}")); index++)
        {
            string directory = Path.Combine(caches, $"index{index}");
            string place = $"cpu{cpu} index{index}";
            if (!TryInt(directory, "level", place, notes, out int level)) { continue; }

            TextFile.TryRead(Path.Combine(directory, "type"), out string typeText);
            if (!Enum.TryParse(typeText, out CpuCacheType type) || !Enum.IsDefined(type)) { notes.Add("cache type unreadable", place); }
            TextFile.TryRead(Path.Combine(directory, "size"), out string sizeText);
            if (!TrySize(sizeText, out long sizeBytes)) { notes.Add("cache size unreadable", place); }
            TryInt(directory, "coherency_line_size", place, notes, out int lineBytes);

            int[]? sharedBy = ReadListQuiet(Path.Combine(directory, "shared_cpu_list"));
            if (sharedBy is null || !sharedBy.Contains(cpu))
            {
                notes.Add("users of a cache unreadable, counted as this CPU's alone", place);
                sharedBy = [cpu];
            }
            yield return new CpuCache(level, type, sizeBytes, lineBytes, sharedBy);
        }
    }

    private static NumaNode[] ReadNodes(string nodeRoot, TopologyNotes notes)
    {
        int[]? ids = Directory.Exists(nodeRoot) ? ReadList(Path.Combine(nodeRoot, "online"), notes) : null;
        if (ids is null)
        {
            notes.Add("no NUMA nodes listed, counted as one node");
            return [];
        }

        var nodes = new List<NumaNode>();
        foreach (int id in ids)
        {
            string directory = Path.Combine(nodeRoot, $"node{id}");
            int[]? cpus = ReadList(Path.Combine(directory, "cpulist"), notes);
            nodes.Add(new NumaNode(id, cpus ?? [], ReadNodeMemory(directory, id, notes), ReadDistances(directory, id, ids.Length, notes)));
        }
        return [.. nodes];
    }

    private static long? ReadNodeMemory(string directory, int node, TopologyNotes notes)
    {
        TextFile.TryRead(Path.Combine(directory, "meminfo"), out string text);
        foreach (string line in text.Split('\n'))
        {
            // "Node 0 MemTotal:       24684084 kB"
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 4 && words[2] == "MemTotal:" && long.TryParse(words[3], out long kib)) { return kib * 1024; }
        }
        notes.Add("memory size of a node unreadable", $"node{node}");
        return null;
    }

    private static int[] ReadDistances(string directory, int node, int nodeCount, TopologyNotes notes)
    {
        TextFile.TryRead(Path.Combine(directory, "distance"), out string text);
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int[] distances = [.. words.Select(word => int.TryParse(word, out int distance) ? distance : -1)];
        if (distances.Length == nodeCount && !distances.Contains(-1)) { return distances; }

        notes.Add("distances of a node unreadable", $"node{node}");
        return [];
    }

    private static bool TryInt(string directory, string file, string place, TopologyNotes notes, out int value)
    {
        TextFile.TryRead(Path.Combine(directory, file), out string text);
        bool read = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
        if (!read) { notes.Add($"{file} unreadable", place); }
        return read;
    }

    /// <summary>A size as sysfs writes it: <c>48K</c>, <c>2M</c>, plain bytes.</summary>
    private static bool TrySize(string text, out long bytes)
    {
        int shift = text.Length == 0 ? 0 : text[^1] switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 0 };
        string digits = shift == 0 ? text : text[..^1];
        bool read = long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out bytes) && bytes <= long.MaxValue >> shift;
        bytes = read ? bytes << shift : 0;
        return read;
    }

    /// <summary>A CPU list file; an empty one is an empty list. Null, with a note, if unreadable or malformed.</summary>
    private static int[]? ReadList(string path, TopologyNotes notes)
    {
        if (!TextFile.TryRead(path, out string text))
        {
            notes.Add($"{path} unreadable");
            return null;
        }
        if (text.Length == 0) { return []; }

        CpuListResult list = CpuList.Parse(text);
        if (!list.IsValid) { notes.Add($"{path}: {list.Error}"); }
        return list.IsValid ? [.. list.Numbers] : null;
    }

    private static int[]? ReadListQuiet(string path) =>
        TextFile.TryRead(path, out string text) && CpuList.Parse(text) is { IsValid: true } list ? [.. list.Numbers] : null;
}
