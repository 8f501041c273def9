using MemCore.Perf.Measuring;

namespace MemCore.Perf.Bars;

/// <summary>G1: nothing managed is allocated and nothing collected in any measured loop of the bars of this run. Judged last.</summary>
internal sealed class AllocationGuard(IReadOnlyList<Subject> measured) : Bar
{
    public const string Name = "G1";

    public override string Id => Name;

    public override string What => "managed memory in the measured loops of all bars";

    public override bool IsCount => true;

    public override void Enter(Contest contest)
    {
    }

    public override IReadOnlyList<Check> Judge(Contest contest) =>
    [
        new Check($"bytes allocated in {measured.Count} loops", "bytes", measured.Sum(s => s.AllocatedBytes), 0),
        new Check("garbage collections meanwhile", "collections", measured.Sum(s => s.Collections), 0),
    ];
}
