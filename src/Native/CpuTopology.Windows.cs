using System.Numerics;
using System.Runtime.InteropServices;

namespace MemCore.Native;

public sealed unsafe partial class CpuTopology
{
    private const int RelationCore = 0;
    private const int RelationNode = 1;
    private const int RelationCache = 2;
    private const int RelationPackage = 3;
    private const int RelationAll = 0xffff;
    private const int GroupAffinityBytes = 16;

    /// <summary>Reads the records of GetLogicalProcessorInformationEx, all processor groups.</summary>
    /// <param name="records">As the OS wrote them, one behind the other.</param>
    /// <param name="isAllowed">Whether this process may use a CPU.</param>
    internal static CpuTopology FromWindowsRecords(ReadOnlySpan<byte> records, Func<int, bool> isAllowed)
    {
        var notes = new TopologyNotes();
        var facts = new SortedDictionary<int, CpuFacts>();
        var nodes = new List<NumaNode>();
        var caches = new List<CpuCache>();
        int cores = 0;
        int packages = 0;

        // Cores make the CPUs that the other records speak about, and records come in no promised order.
        foreach (bool coresNow in new[] { true, false })
        {
            for (ReadOnlySpan<byte> left = records; TryRecord(ref left, out int relation, out ReadOnlySpan<byte> record);)
            {
                if (coresNow != (relation == RelationCore)) { continue; }
                switch (relation)
                {
                    case RelationCore:
                        int[] siblings = ReadGroups(record, countAt: 30);
                        foreach (int cpu in siblings) { facts[cpu] = new CpuFacts(cpu) { CoreId = cores, Siblings = siblings }; }
                        cores++;
                        break;
                    case RelationPackage:
                        foreach (int cpu in ReadGroups(record, countAt: 30).Where(facts.ContainsKey)) { facts[cpu].PackageId = packages; }
                        packages++;
                        break;
                    case RelationNode:
                        nodes.Add(new NumaNode(MemoryMarshal.Read<int>(record[8..]), ReadGroups(record, countAt: 30), null, []));
                        break;
                    case RelationCache:
                        caches.Add(ReadCache(record));
                        break;
                }
            }
        }
        CpuFacts[] ours = [.. facts.Values.Where(fact => isAllowed(fact.Id))];
        return ours.Length == 0
            ? Fallback(Environment.ProcessorCount, "GetLogicalProcessorInformationEx named no usable CPU")
            : Assemble("windows", ours, nodes, caches.Where(cache => cache.SharedBy.Count > 0), notes);
    }

    private static CpuTopology ReadWindows()
    {
        uint bytes = 0;
        // First call: only the size.
        GetLogicalProcessorInformationEx(RelationAll, null, &bytes);
        byte[] records = new byte[bytes];
        fixed (byte* first = records)
        {
            if (bytes == 0 || GetLogicalProcessorInformationEx(RelationAll, first, &bytes) == 0)
            {
                return Fallback(Environment.ProcessorCount, "GetLogicalProcessorInformationEx failed");
            }
        }

        // Masks of zero (the process spans groups) or equal masks: nothing is forbidden.
        nuint processMask = 0;
        nuint systemMask = 0;
        ushort group = 0;
        ushort groupCount = 1;
        bool isOneGroup = GetProcessGroupAffinity(GetCurrentProcess(), &groupCount, &group) != 0
            && GetProcessAffinityMask(GetCurrentProcess(), &processMask, &systemMask) != 0
            && processMask != 0 && processMask != systemMask;
        if (!isOneGroup) { return FromWindowsRecords(records, _ => true); }

        (int allowedGroup, ulong allowedMask) = (group, processMask);
        return FromWindowsRecords(records, cpu =>
            cpu / ThreadPinning.CpusPerGroup == allowedGroup && (allowedMask >> cpu % ThreadPinning.CpusPerGroup & 1) != 0);
    }

    private static bool TryRecord(ref ReadOnlySpan<byte> left, out int relation, out ReadOnlySpan<byte> record)
    {
        relation = -1;
        record = default;
        if (left.Length < 8) { return false; }

        relation = MemoryMarshal.Read<int>(left);
        int bytes = MemoryMarshal.Read<int>(left[4..]);
        if (bytes < 8 || bytes > left.Length) { return false; }
        record = left[..bytes];
        left = left[bytes..];
        return true;
    }

    private static CpuCache ReadCache(ReadOnlySpan<byte> record)
    {
        CpuCacheType type = MemoryMarshal.Read<int>(record[16..]) switch
        {
            0 => CpuCacheType.Unified,
            1 => CpuCacheType.Instruction,
            2 => CpuCacheType.Data,
            _ => CpuCacheType.Unknown,
        };
        return new CpuCache(
            record[8], type, MemoryMarshal.Read<uint>(record[12..]), MemoryMarshal.Read<ushort>(record[10..]), ReadGroups(record, countAt: 38));
    }

    /// <summary>The CPUs of the group masks behind a 16-bit count; a count of zero (older Windows, nodes and caches) means one mask.</summary>
    private static int[] ReadGroups(ReadOnlySpan<byte> record, int countAt)
    {
        var cpus = new List<int>();
        int count = Math.Max(1, (int)MemoryMarshal.Read<ushort>(record[countAt..]));
        ReadOnlySpan<byte> masks = record[(countAt + 2)..];
        for (int index = 0; index < count && masks.Length >= GroupAffinityBytes; index++, masks = masks[GroupAffinityBytes..])
        {
            int firstCpu = MemoryMarshal.Read<ushort>(masks[8..]) * ThreadPinning.CpusPerGroup;
            for (ulong left = MemoryMarshal.Read<ulong>(masks); left != 0; left &= left - 1)
            {
                cpus.Add(firstCpu + BitOperations.TrailingZeroCount(left));
            }
        }
        return [.. cpus.Order()];
    }

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int GetLogicalProcessorInformationEx(int relation, byte* buffer, uint* bytes);

    [LibraryImport("kernel32")]
    private static partial nint GetCurrentProcess();

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int GetProcessGroupAffinity(nint process, ushort* groupCount, ushort* groups);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int GetProcessAffinityMask(nint process, nuint* processMask, nuint* systemMask);
}
