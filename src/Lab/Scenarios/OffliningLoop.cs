using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>Who empties a range migrates a page over and over until it moves, as offlining does. Others fault on it for ever.</summary>
/// <remarks>
/// The goal is a migration that succeeds: a fair cycle of states without one is an offlining that never ends although everybody takes turns.
/// A call has one pass, since the next call is the next pass. The page that moved is done with, and the next one begins as this one did.
/// </remarks>
internal sealed class OffliningLoop : MigrationMachine
{
    private readonly Column<int> _reached; // migrations that succeeded: not part of the state, or no cycle would close

    public OffliningLoop(Protocol protocol, ModelSettings settings)
        : base(1 + (settings.Actors ?? 1), protocol, settings, passes: 1, free: 2, cpus: 1)
    {
        _reached = Arena.Add<int>("reached", 1, ColumnKind.Bookkeeping);
        CacheId cache = Engine.Caches.Create(SetUp);
        MmId mm = NewMm(pages: 1, flags: VmaFlags.Write | VmaFlags.Shared, cache: cache);
        Isolated(Written(mm, 0, version: 1));
        AddRepeating("offlining", Op("migrate", task => Atomic.Store(ref _reached[0], TryMigrateAll(task))));
        for (int i = 0; i < (settings.Actors ?? 1); i++) { AddRepeating("user", Op("fault", task => Engine.Faults.Fault(task, mm, 0, write: false))); }
    }

    public override bool CountsGoals => true;

    public override bool EndsAtGoal => true;

    /// <summary>The locks of tables and trees give no turns: who never gets one of them is not what the protocols differ in.</summary>
    public override bool TakesTurns => true;

    public override long GoalsReached() => _reached.AtRest[0];
}
