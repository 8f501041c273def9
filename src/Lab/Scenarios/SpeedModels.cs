using MemCore.Allocation;
using MemCore.Frames;
using MemCore.Lab.Exploration;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Scenarios;

/// <summary>A free list with a tag in its head word: three actors, each pops a node and pushes it back a number of times.</summary>
/// <remarks>What explorers are compared by: three accesses to a pop and three to a push, 54 points for three rounds.</remarks>
internal sealed class TaggedStack : ExplorationModel
{
    private const int ActorCount = 3;
    private const int Nodes = 4;

    private readonly Column<long> _head; // (A) the tag above, index of the first node plus one below
    private readonly Column<int> _next; // (A) of each node, plus one; written by who has the node
    private readonly Column<int> _popped; // per actor: the node that it has, plus one
    private readonly List<Actor> _actors = [];

    public TaggedStack(int rounds)
        : base(new Arena(1 << 16))
    {
        _head = Arena.Add<long>("head", 1, ColumnKind.State);
        _next = Arena.Add<int>("next", Nodes, ColumnKind.State);
        _popped = Arena.Add<int>("popped", ActorCount, ColumnKind.State);
        for (int i = 0; i < Nodes; i++) { _next[i] = i + 1 < Nodes ? i + 2 : 0; }
        _head[0] = 1;
        for (int a = 0; a < ActorCount; a++)
        {
            int actor = a;
            List<Operation> operations = [];
            for (int round = 0; round < rounds; round++)
            {
                operations.Add(new Operation("pop", () => Pop(actor)));
                operations.Add(new Operation("push", () => Push(actor)));
            }
            _actors.Add(new Actor($"T{a}", operations));
        }
    }

    public override IReadOnlyList<Actor> Actors => _actors;

    public override void CheckQuiescence()
    {
        int nodes = 0;
        for (int node = (int)(_head[0] & uint.MaxValue); node != 0 && nodes <= Nodes; node = _next[node - 1]) { nodes++; }
        Bug.If(nodes != Nodes, ViolationKind.LostFrame, "the free list does not hold every node once");
    }

    private void Pop(int actor)
    {
        while (true)
        {
            long head = Atomic.Load(ref _head[0]);
            int node = (int)head;
            Bug.If(node == 0, ViolationKind.LostFrame, "the free list is empty although there are more nodes than actors");
            int next = Atomic.Load(ref _next[node - 1]);
            if (Atomic.CompareExchange(ref _head[0], Tagged(head, next), head) == head)
            {
                Atomic.PlainStore(ref _popped[actor], node);
                return;
            }
        }
    }

    private void Push(int actor)
    {
        int node = Atomic.PlainLoad(ref _popped[actor]);
        while (true)
        {
            long head = Atomic.Load(ref _head[0]);
            Atomic.Store(ref _next[node - 1], (int)head);
            if (Atomic.CompareExchange(ref _head[0], Tagged(head, node), head) == head) { return; }
        }
    }

    private static long Tagged(long head, int node) => ((head >> 32) + 1) << 32 | (uint)node;
}

/// <summary>One page is migrated while others access it: the protocol of thread 001 on the real columns.</summary>
internal sealed class MigratedPage : MigrationMachine
{
    private readonly MmId _mm;

    /// <param name="wait">How a fault waits for the migration.</param>
    /// <param name="faulters">Tasks that fault on the page once.</param>
    /// <param name="reuser">One more task allocates a frame, locks and unlocks it and frees it: it gets the source when that is free.</param>
    public MigratedPage(EntryWait wait, int faulters, bool reuser = false)
        : base(1 + faulters + (reuser ? 1 : 0), new MigrationPolicy { EntryWait = wait }, free: 2, passes: 1)
    {
        _mm = NewMm();
        Isolated(0, Listed(Written(_mm, 0, version: 1), active: true));
        Add("migrator", Migrate());
        for (int i = 0; i < faulters; i++) { Add($"faulter {i + 1}", Op("fault", Fault)); }
        if (reuser) { Add("reuser", Op("allocate, lock, unlock, free", Reuse)); }
    }

    // A page fault from the page table on: the entry is waited for until it is there.
    private void Fault(TaskId task)
    {
        PteSlot slot = Engine.Tables.Find(Engine.Mms.RootOf(_mm), 0);
        WordLock table = Engine.Tables.LockOf(slot);
        while (true)
        {
            table.Lock(task);
            Pte pte = Engine.Tables.Read(slot);
            if (!pte.IsMigration)
            {
                Bug.If(!pte.IsPresent, ViolationKind.StaleEntry, "the page is gone");
                table.Unlock(task);
                return;
            }
            Engine.EntryWait.Wait(task, slot, pte, table);
        }
    }

    private void Reuse(TaskId task)
    {
        Pfn folio = Engine.Allocator.Allocate(task, 0, MigrateType.Movable);
        if (folio.IsNone) { return; }
        Engine.Locks.Lock(task, folio);
        Engine.Locks.Unlock(task, folio);
        Engine.Folios.Put(task, folio);
    }
}
