using MemCore.Audit;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Primitives;
using Microsoft.Extensions.ObjectPool;

namespace MemCore.Lab.Soak;

/// <summary>The full audit while the world is stopped: workers say what they hold, then share the slices, then the coordinator finishes.</summary>
internal sealed class SoakAudit
{
    /// <summary>Pieces that workers take one by one: more than threads, so that none waits long for the last.</summary>
    public const int Slices = 64;

    private readonly Machine _machine;
    private readonly EngineAudit _audit;
    private readonly LastTakers _takers;
    private readonly ObjectPool<List<HeldFolio>> _lists = new DefaultObjectPool<List<HeldFolio>>(new HoldingsPolicy(), maximumRetained: SoakLimits.ThreadsMax + 1);
    private readonly List<HeldFolio>?[] _handedIn;
    private readonly AuditPart?[] _parts = new AuditPart?[Slices];
    private readonly HeldFolios _held = new();

    public SoakAudit(Machine machine, LastTakers takers)
    {
        _machine = machine;
        _takers = takers;
        _audit = new EngineAudit(AuditedEngine.Of(machine));
        _handedIn = new List<HeldFolio>?[machine.Cpus.Tasks];
    }

    public List<HeldFolio> RentHoldings() => _lists.Get();

    /// <summary>A worker's holdings; the list goes back to the pool when the audit is over.</summary>
    public void HandIn(TaskId task, List<HeldFolio> holdings) => _handedIn[task.Value] = holdings;

    /// <summary>True when the task has stopped for the pause that is being gathered.</summary>
    public bool HasHandedIn(TaskId task) => _handedIn[task.Value] is not null;

    /// <summary>Coordinator, everybody has stopped: joins the holdings with those that belong to no task.</summary>
    public void Collect(Action<List<HeldFolio>> addShared)
    {
        _held.Clear();
        List<HeldFolio> shared = _lists.Get();
        addShared(shared);
        Join(shared);
        for (int task = 0; task < _handedIn.Length; task++)
        {
            if (_handedIn[task] is { } holdings) { Join(holdings); }
            _handedIn[task] = null;
        }
        _audit.Prepare(_held);
    }

    /// <summary>Any worker between two steps: a look at one folio that others may be using. Null: nothing wrong with it.</summary>
    public AuditFinding? Sample(TaskId task, Pfn pfn) => _audit.Sample(task, pfn);

    /// <summary>Any worker, after <see cref="Collect"/>: one slice of frames and of the allocator's trees.</summary>
    public void Check(int slice) => _parts[slice] = _audit.Check(slice, Slices, _held);

    /// <summary>Coordinator, all slices done: what belongs to none, and the sum.</summary>
    public AuditPart Finish()
    {
        AuditPart all = _audit.Finish(_parts.OfType<AuditPart>());
        Array.Clear(_parts);
        return all;
    }

    /// <summary>The finding that a violation makes: with the folio, and who took its last reference if that is known.</summary>
    public Finding ToFinding(AuditFinding found)
    {
        string dump = found.Pfn.IsNone ? string.Empty : FolioDump.Dump(_machine.Frames, found.Pfn, found.Text);
        string taker = found.Pfn.IsNone ? string.Empty : _takers.Describe(found.Pfn);
        return Finding.Of(found.Kind, $"audit:{found.Invariant}", found.ToString(), taker.Length == 0 ? dump : $"{dump}\n{taker}") with { Frame = found.Pfn.Value };
    }

    private void Join(List<HeldFolio> holdings)
    {
        foreach (HeldFolio folio in holdings) { _held.Add(folio); }
        _lists.Return(holdings);
    }

    private sealed class HoldingsPolicy : PooledObjectPolicy<List<HeldFolio>>
    {
        public override List<HeldFolio> Create() => new(1024);

        public override bool Return(List<HeldFolio> obj)
        {
            obj.Clear();
            return true;
        }
    }
}
