using System.Diagnostics;
using MemCore.Audit;
using MemCore.Lab.Host;
using MemCore.Tests.Host;

namespace MemCore.Tests.Audit;

public sealed class RecordedHostAuditTests
{
    [Theory]
    [InlineData("a-loaded")]
    [InlineData("b-fragmented")]
    [InlineData("c-compacted")]
    public void TheFullAuditPassesStraightAfterTheImport(string prefix)
    {
        using ImportedMachine machine = ImportedMachine.Of(prefix);
        AuditPart[] parts = new AuditPart[2];
        HeldFolios held = HeldFolios.None;
        for (int round = 0; round < 3; round++)
        {
            long start = Stopwatch.GetTimestamp();
            Parallel.For(0, parts.Length, part => parts[part] = machine.Audit.Check(part, parts.Length, held));
            TestContext.Current.TestOutputHelper!.WriteLine($"audit {Stopwatch.GetElapsedTime(start).TotalMilliseconds:f1} ms");
        }
        AuditPart all = machine.Audit.Finish(parts);

        Assert.True(all.Violations == 0, string.Join('\n', all.Findings));
        Assert.Equal(machine.Host.InUse, all.Live);
        Assert.Equal(machine.Host.Free, all.Free);
        Assert.Equal(machine.Host.Holes + machine.Host.Absent, all.Away);
        ImportTally tally = machine.Host.Tally;
        Assert.Equal((tally.Mappings, tally.CacheReferences, tally.PrivateReferences, tally.HostReferences), (all.Mappings, all.Cache, all.Private, all.Host));
        Assert.Equal(all.References, all.Mappings + all.Cache + all.Private + all.Host);
        TestContext.Current.TestOutputHelper!.WriteLine($"live {all.Live} free {all.Free} away {all.Away} folios {all.Folios} refs {all.References}: mapping {all.Mappings} cache {all.Cache} private {all.Private} host {all.Host}");
    }
}
