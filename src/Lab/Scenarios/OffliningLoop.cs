using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Who empties a range migrates its page over and over until it moves, as offlining does; then the next one. Others fault on it for ever.</summary>
/// <remarks>
/// The goal is a migration that succeeds: a fair cycle of states without one is a call that never gets on although everybody takes turns. Two
/// frames, between which the page goes to and fro; a call has one pass, since the next call is the next pass.
/// </remarks>
internal sealed class OffliningLoop : MigrationMachine
{
    private readonly Column<long> _reached; // migrations that succeeded: not part of the state, or no cycle would close
    private readonly MmId _mm;

    public OffliningLoop(Protocol protocol, ModelSettings settings)
        : base(1 + (settings.Actors ?? 1), protocol, settings, passes: 1, free: 2, cpus: 1)
    {
        _reached = Arena.Add<long>("reached", 1, ColumnKind.Bookkeeping);
        CacheId cache = Engine.Caches.Create(SetUp);
        _mm = NewMm(pages: 1, flags: VmaFlags.Write | VmaFlags.Shared, cache: cache);
        Isolated(Written(_mm, 0, version: 1));
        AddRepeating("offlining", Op("migrate", MigrateOnce), Op("isolate", IsolateAgain));
        for (int i = 0; i < (settings.Actors ?? 1); i++) { AddRepeating("user", Op("fault", task => Engine.Faults.Fault(task, _mm, 0, write: false))); }
    }

    public override bool CountsGoals => true;

    public override long GoalsReached() => _reached[0];

    private void MigrateOnce(TaskId task)
    {
        if (TryMigrateAll(task) != 0) { Atomic.PlainStore(ref _reached[0], Atomic.PlainLoad(ref _reached[0]) + 1); }
    }

    private void IsolateAgain(TaskId task)
    {
        PteSlot slot = Engine.Tables.Find(Engine.Mms.RootOf(_mm), 0);
        Pte entry = Engine.Tables.Read(slot);
        if (HasIsolated(task) || !entry.IsPresent) { return; }
        Engine.Drain.DrainLocal(task);
        TryIsolate(task, entry.Pfn);
    }
}
