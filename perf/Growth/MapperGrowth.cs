using MemCore.Mapping;
using MemCore.Perf.Measuring;
using MemCore.Primitives;

namespace MemCore.Perf.Growth;

/// <summary>Cost of migrating a folio, and of taking all its mappings away and restoring them, as more address spaces map it.</summary>
/// <remarks>
/// A parent and its forked children map the same pages, more of them than a batch parks; each operation is on the next page. As the kernel's,
/// page tables are 4 KiB and begin at multiples of it, so the entries of many mappers fall into few sets of the caches. What that alone costs is
/// the anchor: per mapper, the same tables and lines in the same layout, with the read-modify-writes that cannot be left out.
/// </remarks>
internal sealed class MapperGrowth : IDisposable
{
    public const string Axis = "mappers";

    private const string Walk = "bare walk of one mapper";
    private const int Pages = 64;

    // A slice of the largest crowd is one operation, or it would last longer than a scheduler's turn.
    private const int FixedFrom = 32;
    private const int SliceMappings = 1500;
    private const int Slices = 24;
    private const int Frames = 1 << 18; // from here on the arena asks for huge pages

    private readonly MachineRig _rig;
    private readonly List<MmId> _mms = [];
    private readonly int _root;
    private long _migrated;
    private long _unmapped;

    private MapperGrowth(int mappersMost)
    {
        _rig = new MachineRig(MachineRig.Sized(Frames, mms: mappersMost));
        _mms.Add(_rig.NewMm(Pages));
        _root = _rig.Machine.Mms.RootOf(_mms[0]);
        _rig.Touch(MachineRig.Me, _mms[0], 0, Pages);
    }

    public static IReadOnlyList<GrowthSeries> Measure(GrowthOptions options, Action<string> progress)
    {
        GrowthSeries migrate = new(Axis, "migrate", Walk, Law.Linear);
        GrowthSeries unmap = new(Axis, "try-to-migrate+restore", Walk, Law.Linear);
        using OwnedWords owned = new();
        using MapperGrowth mappers = new(options.Crowds[^1]);
        foreach (int count in options.Crowds)
        {
            progress($"{count} address spaces map a page");
            mappers.GrowTo(count);
            using TableChains chains = new(count);
            PointRun run = new(options, owned);
            Subject walk = run.Anchor(Walk, new Side(chains.Walk));
            (int, int)? slice = count < FixedFrom ? null : (Math.Max(SliceMappings / count, 1), Slices);
            run.Add(migrate, new Side(mappers.Migrate), walk, slice, mappers.ReadAll);
            run.Add(unmap, new Side(mappers.UnmapRestore), walk, slice, mappers.ReadAll);
            if (count == options.Crowds[0]) { run.Warm(); }
            run.Run(count);
        }
        return [migrate, unmap];
    }

    public void Dispose() => _rig.Dispose();

    private void GrowTo(int count)
    {
        while (_mms.Count < count)
        {
            MmId child = _rig.Machine.Mms.Fork(MachineRig.Me, _mms[0]);
            Bug.If(child.IsNone, ViolationKind.Unexpected, "no room for a child");
            _mms.Add(child);
        }
    }

    // So that each has used a CPU, which flushes must then name.
    private void ReadAll()
    {
        foreach (MmId mm in _mms) { _rig.Machine.Memories.TryRead(MachineRig.Me, mm, 0, out _, out _); }
    }

    private void Migrate(int n)
    {
        for (int i = 0; i < n; i++)
        {
            _migrated = (_migrated + 1) % Pages;
            Bug.If(!_rig.TryMigrate(MachineRig.Me, _root, _migrated), ViolationKind.Unexpected, "a folio that nobody else uses does not move");
        }
    }

    private void UnmapRestore(int n)
    {
        TaskId me = MachineRig.Me;
        for (int i = 0; i < n; i++)
        {
            _unmapped = (_unmapped + 1) % Pages;
            Pfn folio = _rig.FrameOf(_root, _unmapped);
            _rig.Machine.Frames.Ref(folio).Get();
            _rig.Machine.Locks.Lock(me, folio);
            Bug.If(!_rig.Machine.Rmap.TryToMigrate(me, folio, deferFlush: true), ViolationKind.Unexpected, "somebody still maps the folio");
            _rig.Machine.Tlb.FlushDeferred(me);
            _rig.Machine.Rmap.RemoveMigrationEntries(me, folio, folio);
            _rig.Machine.Locks.Unlock(me, folio);
            _rig.Machine.Folios.Put(me, folio);
        }
    }
}
