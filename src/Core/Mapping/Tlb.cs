using System.Numerics;
using System.Runtime.CompilerServices;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>A translation cache for each CPU, and the shootdown that voids it.</summary>
/// <remarks>
/// An access to memory lies between BeginAccess and EndAccess: translate, touch the frame's contents, done; nothing sleeps and no lock is
/// taken in between. A shootdown voids cached entries and then waits until each access has ended that was under way: after it nobody can
/// reach the frame through the old translation. As the broadcast invalidation and barrier of hardware, without an interrupt.
/// <code>
/// cached entry    mm, high bits of the page | frame | write allowed | 0
/// being filled                                               task   | 1
/// </code>
/// A fill says that it is under way before it looks at the page table, and turns its own mark into a translation after; a shootdown takes
/// the mark away. So a translation that was read before the shootdown is never found in the cache after it, by nobody.
/// Lock-free but for the waits of a shootdown. A CPU's cache may be used by several tasks at a time: one was moved in mid-access.
/// </remarks>
internal sealed partial class Tlb
{
    private const ulong FillingBit = 1;
    private const ulong WriteBit = 2;
    private const int PfnShift = 2;
    private const int TaskShift = 1;

    private readonly Column<ulong> _entries; // (A) a row each CPU
    private readonly PaddedColumn<int> _accesses; // written by its task alone: odd inside an access
    private readonly Column<ulong> _cpusOfMm; // (A) CPUs whose cache may know the Mm
    private readonly EngineBase _engine;
    private readonly PageTables _tables;
    private readonly int _order;
    private readonly int _mms;
    private readonly int _tagShift;
    private readonly int _mmShift;
    private readonly ulong _pfnMask;
    private readonly long _span;
    private readonly int _maskWords;

    public Tlb(EngineBase engine, PageTables tables, MappingOptions options)
    {
        _engine = engine;
        _tables = tables;
        _order = options.TlbOrder;
        _mms = options.Mms;
        _span = tables.Span;
        int cpus = engine.Cpus.Cpus;
        int pfnBits = BitWidth(engine.Frames.Frames);
        int pageBits = Math.Max((options.TableOrder * options.TableLevels) - _order, 0);
        _pfnMask = (1UL << pfnBits) - 1;
        _tagShift = PfnShift + pfnBits;
        _mmShift = _tagShift + pageBits;
        int bits = _mmShift + BitWidth(options.Mms + 1);
        if (bits > 64 || tables.Span > 1L << DeferredFlushes.PageBits)
        {
            throw new ArgumentException($"a cached translation of {engine.Frames.Frames} frames, {options.TableLevels} levels and {options.Mms} Mms takes {bits} bits of 64",
                nameof(options));
        }
        if (BitWidth(engine.Cpus.Tasks) + TaskShift > _tagShift) { throw new ArgumentException("a mark of a fill has no room for the task", nameof(options)); }
        _maskWords = (cpus + 63) / 64;
        _entries = engine.Arena.Add<ulong>("tlb", cpus << _order, ColumnKind.State);
        _accesses = engine.Arena.AddPadded<int>("access", engine.Cpus.Tasks, ColumnKind.State);
        _cpusOfMm = engine.Arena.Add<ulong>("mm_cpumask", options.Mms * _maskWords, ColumnKind.State);
        _deferred = new DeferredFlushes(engine.Arena, engine.Cpus.Tasks, _maskWords);
    }

    /// <summary>The task's accesses to memory count from here. A full fence.</summary>
    /// <remarks>Pairs with Tlb.WaitForAccesses: the word is odd before the cache is looked at, the cache is void before the word is.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void BeginAccess(TaskId task)
    {
        ref int word = ref _accesses[task.Value];
        int count = Atomic.PlainLoad(ref word);
        Bug.If((count & 1) != 0, ViolationKind.Unexpected, "access inside an access");
        if (Plant.Is(PlantedBug.AccessWithoutFence)) { Atomic.Store(ref word, count + 1); }
        else { Atomic.Exchange(ref word, count + 1); }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EndAccess(TaskId task)
    {
        ref int word = ref _accesses[task.Value];

        // Under exploration the word is one bit: a count that only grows would make every state a new one.
        int count = Seam.Exploring ? 0 : Atomic.PlainLoad(ref word) + 1;
        Atomic.Store(ref word, count); // Pairs with Tlb.WaitForAccesses: the contents were touched before.
    }

    /// <summary>Inside an access: the frame that the page is mapped to, from the cache or by a table walk that sets young and dirty. Pfn.None: a fault is due.</summary>
    /// <remarks>A huge entry yields the frame inside the folio.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Pfn Translate(TaskId task, MmId mm, int root, long page, bool write)
    {
        if ((ulong)page >= (ulong)_span) { return Pfn.None; }
        CpuId cpu = _engine.Cpus.CpuOf(task);
        ref ulong entry = ref EntryOf(cpu, mm, page);
        ulong seen = Atomic.Load(ref entry);
        if (seen >> _tagShift != TagOf(mm, page) || (write && (seen & WriteBit) == 0)) { return Walk(task, cpu, mm, root, page, write); }
        _engine.Events.Count(task, EventCounter.TlbHit);
        return PfnIn(seen);
    }

    /// <summary>Each cached translation: whose, of which page, to which frame, and whether for writing. At rest.</summary>
    public void ForEachAtRest(Action<CpuId, MmId, long, Pfn, bool> translation)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            ulong entry = _entries.AtRest[i];
            if (entry == 0 || (entry & FillingBit) != 0) { continue; }
            MmId mm = new((int)(entry >> _mmShift));
            long high = (long)((entry >> _tagShift) & ((1UL << (_mmShift - _tagShift)) - 1)) << _order;
            int mask = (1 << _order) - 1;
            translation(new CpuId(i >> _order), mm, high | (uint)((i - mm.Value) & mask), PfnIn(entry), (entry & WriteBit) != 0);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Pfn Walk(TaskId task, CpuId cpu, MmId mm, int root, long page, bool write)
    {
        _engine.Events.Count(task, EventCounter.TlbMiss);
        ref ulong cpus = ref _cpusOfMm[((mm.Value - 1) * _maskWords) + (cpu.Value >> 6)];
        ulong own = 1UL << (cpu.Value & 63);
        if ((Atomic.Load(ref cpus) & own) == 0) { Atomic.Or(ref cpus, own); }

        // Pairs with Tlb.Void: the mark is in the cache before the page table is read, the page table is changed before marks are taken away.
        ref ulong entry = ref EntryOf(cpu, mm, page);
        ulong mark = ((ulong)(uint)task.Value << TaskShift) | FillingBit;
        if (Plant.Is(PlantedBug.FillMarkWithoutFence)) { Atomic.Store(ref entry, mark); }
        else { Atomic.Exchange(ref entry, mark); }
        Pte pte = Touch(_tables.Find(root, page), write);
        if (pte.IsNone)
        {
            Atomic.CompareExchange(ref entry, 0, mark);
            return Pfn.None;
        }
        Pfn pfn = pte.IsHuge ? pte.Pfn + (int)(page & (_tables.TablePages - 1)) : pte.Pfn;
        ulong filled = (TagOf(mm, page) << _tagShift) | ((ulong)pfn.Value << PfnShift) | (pte.IsWritable && pte.IsDirty ? WriteBit : 0);

        // Somebody took the mark away: then the translation serves this access, which is waited for, and no other.
        Atomic.CompareExchange(ref entry, filled, mark);
        return pfn;
    }

    // What the processor does with an entry that permits the access: young, and dirty for a write. None: it does not.
    private Pte Touch(PteSlot slot, bool write)
    {
        if (slot.IsNone) { return Pte.None; }
        while (true)
        {

            // Pairs with PageTables.Set and PageTables.GetAndClear: young and dirty get into the entry that was read, or it is read again.
            Pte pte = _tables.Read(slot);
            if (!pte.IsPresent || (write && !pte.IsWritable)) { return Pte.None; }
            Pte touched = pte.With(Pte.YoungBit | (write ? Pte.DirtyBit : 0));
            if (touched == pte || _tables.TryReplace(slot, pte, touched)) { return touched; }
        }
    }

    private ref ulong EntryOf(CpuId cpu, MmId mm, long page) => ref _entries[(cpu.Value << _order) + IndexOf(mm, page)];

    private int IndexOf(MmId mm, long page) => (int)(page + mm.Value) & ((1 << _order) - 1);

    private ulong TagOf(MmId mm, long page) => ((ulong)(uint)mm.Value << (_mmShift - _tagShift)) | (ulong)(page >> _order);

    private Pfn PfnIn(ulong entry) => new((int)((entry >> PfnShift) & _pfnMask));

    private static int BitWidth(int count) => count <= 1 ? 1 : BitOperations.Log2((uint)(count - 1)) + 1;
}
