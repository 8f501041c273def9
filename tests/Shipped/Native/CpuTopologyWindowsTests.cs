using System.Buffers.Binary;
using MemCore.Native;

namespace MemCore.Tests.Native;

/// <summary>The records of GetLogicalProcessorInformationEx, laid out by hand, so that their reader is tried on every OS.</summary>
public sealed class CpuTopologyWindowsTests : IDisposable
{
    private readonly MemoryStream _records = new();

    public void Dispose() => _records.Dispose();

    [Fact]
    public void ProcessorGroupsBecomeNumbersOf64()
    {
        Describe();
        CpuTopology topology = CpuTopology.FromWindowsRecords(_records.ToArray(), _ => true);

        Assert.Equal("windows", topology.Source);
        Assert.Equal([0, 1, 64, 65], topology.Cpus.Select(cpu => cpu.Id));
        Assert.Equal([64, 65], topology.Cpus[2].SmtSiblings);
        Assert.Equal([0, 1], topology.Cores.Select(core => core.PackageId));
        Assert.Equal([0, 1], topology.Nodes.Select(node => node.Id));
        Assert.Equal([64, 65], topology.Nodes[1].Cpus);
        CpuCache cache = Assert.Single(topology.Caches);
        Assert.Equal((3, CpuCacheType.Unified, 16L << 20, 64, "0,1,64,65"),
            (cache.Level, cache.Type, cache.SizeBytes, cache.LineBytes, CpuList.Format(cache.SharedBy)));
    }

    [Fact]
    public void CpusOutsideTheAffinityAreDropped()
    {
        Describe();
        CpuTopology topology = CpuTopology.FromWindowsRecords(_records.ToArray(), cpu => cpu >= 64);

        Assert.Equal([64, 65], topology.Cpus.Select(cpu => cpu.Id));
        Assert.Empty(topology.Nodes[0].Cpus);
    }

    [Fact]
    public void ATruncatedBufferGivesTheFallback()
    {
        Describe();
        CpuTopology topology = CpuTopology.FromWindowsRecords(_records.ToArray().AsSpan(0, 20), _ => true);

        Assert.Equal("fallback", topology.Source);
        Assert.NotEmpty(topology.Notes);
    }

    // Packages and nodes first: records come in no promised order.
    private void Describe()
    {
        Groups(relation: 3, head: new byte[22], (3, 0));
        Groups(relation: 3, head: new byte[22], (3, 1));
        Groups(relation: 1, head: new byte[22], (3, 0));
        byte[] nodeOne = new byte[22];
        nodeOne[0] = 1;
        Groups(relation: 1, head: nodeOne, (3, 1));
        byte[] cache = new byte[30];
        cache[0] = 3;
        BinaryPrimitives.WriteUInt16LittleEndian(cache.AsSpan(2), 64);
        BinaryPrimitives.WriteUInt32LittleEndian(cache.AsSpan(4), 16 << 20);
        Groups(relation: 2, head: cache, (3, 0), (3, 1));
        Groups(relation: 0, head: new byte[22], (3, 0));
        Groups(relation: 0, head: new byte[22], (3, 1));
    }

    private void Groups(int relation, byte[] head, params (ulong Mask, ushort Group)[] masks)
    {
        byte[] record = new byte[8 + head.Length + 2 + masks.Length * 16];
        BinaryPrimitives.WriteInt32LittleEndian(record, relation);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(4), record.Length);
        head.CopyTo(record, 8);
        Span<byte> rest = record.AsSpan(8 + head.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(rest, (ushort)masks.Length);
        for (int index = 0; index < masks.Length; index++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest[(2 + index * 16)..], masks[index].Mask);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[(10 + index * 16)..], masks[index].Group);
        }
        _records.Write(record);
    }
}
