using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lab.Scenarios;
using MemCore.Lru;
using MemCore.Migration;
using MemCore.Primitives;

namespace MemCore.Perf.Questions;

/// <summary>A machine with the policies of one variant of thread 000, and the frees that the variants differ in.</summary>
/// <remarks>Each operation is made ready outside the time: what is measured is the free itself, and what the variant does around it.</remarks>
internal sealed class FreeVariant : IDisposable
{
    /// <summary>Operations of a slice: what is made ready at once.</summary>
    public const int Slice = 248;

    private const int Frames = 1 << 16;
    private const PageFlags OnActiveList = PageFlags.Uptodate | PageFlags.Swapbacked | PageFlags.Active;

    private static readonly TaskId s_me = MachineRig.Me;

    private readonly MachineRig _rig;
    private readonly Pfn[] _pages = new Pfn[Slice];

    private FreeVariant(string id, Protocol protocol, bool checks)
    {
        Id = id;
        MachineOptions options = MachineRig.Sized(Frames) with
        {
            Policy = protocol.Migration,
            Waiting = protocol.Waiting,
            Allocator = protocol.Allocator(checks),
        };
        _rig = new MachineRig(options);
        _rig.Machine.Movable.Register(PageType.Zsmalloc, new Driver());
    }

    public string Id { get; }

    private Machine Machine => _rig.Machine;

    /// <summary>The variants, the one that the others are compared with first; once more at the end, to show what a difference must exceed to be one.</summary>
    public static IReadOnlyList<FreeVariant> All() =>
    [
        Of("000-V0", "v0"),
        Of("000-V2", "v2"),
        Of("000-V7", "v2", checks: false),
        Of("000-V9", "v9"),
        Of("000-V12", "v12"),
        Of("000-V0 again", "v0"),
    ];

    /// <summary>So many pages on the active list that only their owner refers to.</summary>
    public void Listed(int n)
    {
        for (int i = 0; i < n; i++)
        {
            Pfn page = Machine.Allocator.Allocate(s_me, 0, MigrateType.Movable);
            Machine.Frames.Flags(page).Set(OnActiveList);
            Machine.Batches.Add(s_me, page);
            _pages[i] = page;
        }
        Machine.Drain.DrainLocal(s_me);
    }

    /// <summary>So many isolated pages of the active list whose owner has let go of them meanwhile.</summary>
    public void IsolatedReleased(int n)
    {
        Listed(n);
        Isolate(n);
        PutPages(n);
    }

    /// <summary>So many isolated pages of a driver that has let go of them meanwhile.</summary>
    public void MovableReleased(int n)
    {
        for (int i = 0; i < n; i++)
        {
            Pfn page = Machine.Allocator.Allocate(s_me, 0, MigrateType.Movable);
            Machine.Frames.Map(page).SetType(PageType.Zsmalloc);
            Machine.Frames.Flags(page).Set(MovableOps.Movable);
            _pages[i] = page;
        }
        Isolate(n);
        PutPages(n);
    }

    /// <summary>So many pages from the allocator, with nothing set.</summary>
    public void Clean(int n)
    {
        for (int i = 0; i < n; i++) { _pages[i] = Machine.Allocator.Allocate(s_me, 0, MigrateType.Movable); }
    }

    /// <summary>Drops the owners' references, which for pages that nobody else refers to frees them.</summary>
    public void PutPages(int n)
    {
        for (int i = 0; i < n; i++) { Machine.Folios.Put(s_me, _pages[i]); }
    }

    /// <summary>A migration finds out that there is nothing to migrate, and frees what is on the list.</summary>
    public void FinishReleased(int n)
    {
        MigrateResult result = Machine.Migrator.MigratePages(s_me, _rig.List(s_me), Machine.Migrator.Anywhere, MigrateMode.Async, MigrateReason.Compaction);
        Bug.If(result.Succeeded != n, ViolationKind.Unexpected, "a released page was not finished");
    }

    /// <summary>Takes listed pages off the LRU and puts them back: no free, but where marks of isolation are paid for.</summary>
    public void IsolatePutback(int n)
    {
        Isolate(n);
        Machine.Migrator.Putback(s_me, _rig.List(s_me));
    }

    /// <summary>Puts what <see cref="IsolatePutback"/> left in the batch on the list, and frees all.</summary>
    public void FreeListed(int n)
    {
        Machine.Drain.DrainLocal(s_me);
        PutPages(n);
    }

    public void Dispose() => _rig.Dispose();

    private static FreeVariant Of(string id, string slug, bool checks = true) =>
        ProtocolCatalogue.TryFind($"freed-under-migration/{slug}", out Protocol? protocol, out string complaint)
            ? new FreeVariant(id, protocol, checks)
            : throw new InvalidOperationException(complaint);

    private void Isolate(int n)
    {
        FolioList list = _rig.List(s_me);
        for (int i = 0; i < n; i++)
        {
            Bug.If(!Machine.Migrator.TryIsolate(s_me, _pages[i], list), ViolationKind.Unexpected, "a page that nobody else uses cannot be isolated");
        }
    }

    /// <summary>A driver whose pages can be isolated at any time.</summary>
    private sealed class Driver : IMovableOps
    {
        public bool Isolate(TaskId task, Pfn page) => true;

        public bool Migrate(TaskId task, Pfn target, Pfn source) => false;

        public void Putback(TaskId task, Pfn page)
        {
        }
    }
}
