using System.CommandLine;
using System.Text.Json;
using MemCore.Native;

namespace MemCore.Cli;

/// <summary>memcore topology: cores, nodes, caches, and what pinning is allowed.</summary>
internal static class TopologyVerb
{
    public static Command Create()
    {
        Option<bool> json = new("--json") { Description = "one record, schema memcore.topology/1" };
        Command command = new("topology", "Cores, nodes, caches, what pinning is allowed.") { json };
        command.SetAction(parsed => parsed.GetValue(json) ? PrintJson() : PrintText());
        return command;
    }

    private static int PrintText()
    {
        CpuTopology machine = CpuTopology.Current;
        Console.WriteLine($"{machine.Cpus.Count} CPUs on {machine.Cores.Count} cores, {machine.Nodes.Count} nodes (from {machine.Source})");
        foreach (CpuCore core in machine.Cores)
        {
            Console.WriteLine($"  core {core.CoreId,3}  package {core.PackageId}  node {core.NodeId}  CPUs {CpuList.Format(core.Cpus)}");
        }
        foreach (NumaNode node in machine.Nodes)
        {
            string memory = node.MemoryBytes is { } bytes ? $"{bytes >> 20} MiB" : "memory unknown";
            string distances = node.Distances.Count == 0 ? string.Empty : $"  distances {string.Join(' ', node.Distances)}";
            Console.WriteLine($"  node {node.Id,3}  CPUs {CpuList.Format(node.Cpus),-12}  {memory}{distances}");
        }
        foreach (CpuCache cache in machine.Caches)
        {
            Console.WriteLine($"  L{cache.Level} {cache.Type.ToString().ToLowerInvariant(),-11}  {cache.SizeBytes >> 10,7} KiB  shared by {CpuList.Format(cache.SharedBy)}");
        }
        foreach (LogicalCpu cpu in machine.Cpus)
        {
            PinResult pin = TryPin(cpu.Id);
            if (!pin.IsPinned) { Console.WriteLine($"  pinning refused: {pin.Reason}"); }
        }
        if (machine.Cpus.All(c => TryPin(c.Id).IsPinned)) { Console.WriteLine("  pinning: allowed on each of these CPUs"); }
        foreach (string note in machine.Notes) { Console.WriteLine($"  note: {note}"); }
        return ExitCode.Done;
    }

    private static int PrintJson()
    {
        CpuTopology machine = CpuTopology.Current;
        using Stream output = Console.OpenStandardOutput();
        using Utf8JsonWriter json = new(output);
        json.WriteStartObject();
        json.WriteString("schema", "memcore.topology/1");
        json.WriteString("source", machine.Source);
        json.WriteStartArray("cpus");
        foreach (LogicalCpu cpu in machine.Cpus)
        {
            PinResult pin = TryPin(cpu.Id);
            json.WriteStartObject();
            json.WriteNumber("cpu", cpu.Id);
            json.WriteNumber("core", cpu.CoreId);
            json.WriteNumber("package", cpu.PackageId);
            json.WriteNumber("node", cpu.NodeId);
            json.WriteBoolean("pinnable", pin.IsPinned);
            if (!pin.IsPinned) { json.WriteString("refused", pin.Reason); }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("nodes");
        foreach (NumaNode node in machine.Nodes)
        {
            json.WriteStartObject();
            json.WriteNumber("node", node.Id);
            json.WriteString("cpus", CpuList.Format(node.Cpus));
            if (node.MemoryBytes is { } bytes) { json.WriteNumber("memoryBytes", bytes); }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("caches");
        foreach (CpuCache cache in machine.Caches)
        {
            json.WriteStartObject();
            json.WriteNumber("level", cache.Level);
            json.WriteString("type", cache.Type.ToString().ToLowerInvariant());
            json.WriteNumber("sizeBytes", cache.SizeBytes);
            json.WriteNumber("lineBytes", cache.LineBytes);
            json.WriteString("sharedBy", CpuList.Format(cache.SharedBy));
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("notes");
        foreach (string note in machine.Notes) { json.WriteStringValue(note); }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        output.WriteByte((byte)'\n');
        return ExitCode.Done;
    }

    // On a thread of its own: a pinned main thread would narrow threads that start later.
    private static PinResult TryPin(int cpu)
    {
        PinResult result = default;
        Thread thread = new(() => result = ThreadPinning.TryPin(cpu));
        thread.Start();
        thread.Join();
        return result;
    }
}
