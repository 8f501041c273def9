using System.Numerics;
using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

internal sealed partial class Tlb
{
    private readonly DeferredFlushes _deferred;

    /// <summary>Voids one translation on all CPUs and waits for accesses under way. The entry was changed before. May be called under page-table locks.</summary>
    public void FlushPage(TaskId task, MmId mm, long page)
    {
        if (Plant.Is(PlantedBug.MissingShootdown)) { return; }
        _engine.Events.Count(task, EventCounter.TlbPageFlush);
        if (VoidPage(mm, page)) { WaitForAccesses(task); }
    }

    /// <summary>Notes that a flush is due; the caller calls <see cref="FlushDeferred"/> before the frame is copied, freed or reused.</summary>
    public void DeferFlush(TaskId task, MmId mm, long page)
    {
        _engine.Events.Count(task, EventCounter.TlbDeferred);
        int word = (mm.Value - 1) * _maskWords;
        for (int i = 0; i < _maskWords; i++) { _deferred.AddCpus(task, i, Atomic.Load(ref _cpusOfMm[word + i])); }
        _deferred.AddPage(task, mm, page);
    }

    /// <summary>Does what was deferred by this task, in one go: the pages one by one if they are few, else the whole caches of the CPUs concerned.</summary>
    public void FlushDeferred(TaskId task)
    {
        int pages = _deferred.PagesOf(task);
        if (pages == 0) { return; }
        if (!Plant.Is(PlantedBug.MissingShootdown))
        {
            _engine.Events.Count(task, EventCounter.TlbBatchFlush);
            bool any = false;
            if (Plant.Is(PlantedBug.FlushWaitsBeforeVoid)) { WaitForAccesses(task); }
            if (pages <= DeferredFlushes.Capacity)
            {
                for (int i = 0; i < pages; i++) { any |= VoidPage(_deferred.MmAt(task, i), _deferred.PageAt(task, i)); }
            }
            else
            {
                for (int i = 0; i < _maskWords; i++) { any |= VoidCaches(_deferred.CpusOf(task, i), i, MmOfAll); }
            }
            if (any && !Plant.Is(PlantedBug.FlushWaitsBeforeVoid)) { WaitForAccesses(task); }
        }
        _deferred.Clear(task);
    }

    public bool HasDeferred(TaskId task) => _deferred.PagesOf(task) != 0;

    /// <summary>Voids everything of an Mm: it is about to go away, or was forked.</summary>
    public void FlushMm(TaskId task, MmId mm)
    {
        if (Plant.Is(PlantedBug.MissingShootdown)) { return; }
        bool any = false;
        int word = (mm.Value - 1) * _maskWords;
        for (int i = 0; i < _maskWords; i++) { any |= VoidCaches(Atomic.Load(ref _cpusOfMm[word + i]), i, mm); }
        if (any) { WaitForAccesses(task); }
    }

    /// <summary>The Mm is flushed and nobody accesses its memory any more: its number may be given to another.</summary>
    public void Retire(MmId mm)
    {
        int word = (mm.Value - 1) * _maskWords;
        for (int i = 0; i < _maskWords; i++) { Atomic.Store(ref _cpusOfMm[word + i], 0UL); }
    }

    // False: no CPU has ever looked at the Mm, so there is nobody to wait for.
    private bool VoidPage(MmId mm, long page)
    {
        Bug.If((uint)(mm.Value - 1) >= (uint)_mms, ViolationKind.Unexpected, "flush of an Mm that is not there", mm.Value);
        bool any = false;
        int word = (mm.Value - 1) * _maskWords;
        for (int i = 0; i < _maskWords; i++)
        {
            ulong cpus = Atomic.Load(ref _cpusOfMm[word + i]);
            any |= cpus != 0;
            while (cpus != 0)
            {
                CpuId cpu = new((i << 6) + BitOperations.TrailingZeroCount(cpus));
                cpus &= cpus - 1;
                Void(ref EntryOf(cpu, mm, page), mm, TagOf(mm, page));
            }
        }
        return any;
    }

    private bool VoidCaches(ulong cpus, int maskWord, MmId mm)
    {
        bool any = cpus != 0;
        while (cpus != 0)
        {
            int cpu = (maskWord << 6) + BitOperations.TrailingZeroCount(cpus);
            cpus &= cpus - 1;
            for (int i = 0; i < 1 << _order; i++) { Void(ref _entries[(cpu << _order) + i], mm, tag: 0); }
        }
        return any;
    }

    private static MmId MmOfAll => default;

    // Takes a translation away, or the mark of a fill, which may be of any page. Tag 0: all of the Mm; of nobody: all.
    // Pairs with Tlb.Walk: a fill that read the page table before it was changed has its mark here, or its translation.
    private void Void(ref ulong entry, MmId mm, ulong tag)
    {
        ulong seen = Atomic.Load(ref entry);
        while (seen != 0)
        {
            bool meant = ((seen & FillingBit) != 0 && !Plant.Is(PlantedBug.FlushKeepsFills)) || mm.IsNone || (tag == 0 ? seen >> _mmShift == (ulong)mm.Value : seen >> _tagShift == tag);
            if (!meant) { return; }
            ulong now = Atomic.CompareExchange(ref entry, 0, seen);
            if (now == seen) { return; }
            seen = now;
        }
    }

    // Blocking on every other task's access that is under way; they wait for nothing.
    // Pairs with Tlb.BeginAccess and Tlb.EndAccess: an access that this does not see finds the caches void.
    private void WaitForAccesses(TaskId task)
    {
        if (Plant.Is(PlantedBug.ShootdownDoesNotWait)) { return; }
        for (int other = 0; other < _accesses.Count; other++)
        {
            if (other == task.Value) { continue; }
            ref int word = ref _accesses[other];
            int seen = Atomic.Load(ref word);
            if ((seen & 1) == 0) { continue; }
            int spins = 0;
            Atomic.SpinWhile(ref word, seen, ref spins);
        }
    }

    /// <summary>What each task has deferred: the CPUs concerned, and the pages while they are few. The task's own.</summary>
    private readonly struct DeferredFlushes
    {
        public const int PageBits = 40;

        private readonly Column<long> _words;
        private readonly int _maskWords;
        private readonly int _stride;

        public DeferredFlushes(Arena arena, int tasks, int maskWords)
        {
            _maskWords = maskWords;
            int words = 1 + maskWords + Capacity;
            _stride = Seam.Exploring ? words : (words + 15) & ~15;
            _words = arena.Add<long>("tlb_deferred", tasks * _stride, ColumnKind.State);
        }

        /// <summary>Pages that are remembered one by one.</summary>
        public static int Capacity => Seam.Exploring ? 2 : 32;

        /// <summary>Pages deferred; one more than the capacity stands for any number.</summary>
        public int PagesOf(TaskId task) => (int)Atomic.PlainLoad(ref Row(task)[0]);

        public ulong CpusOf(TaskId task, int word) => (ulong)Atomic.PlainLoad(ref Row(task)[1 + word]);

        public MmId MmAt(TaskId task, int i) => new((int)(At(task, i) >> PageBits));

        public long PageAt(TaskId task, int i) => At(task, i) & ((1L << PageBits) - 1);

        public void AddCpus(TaskId task, int word, ulong cpus)
        {
            ref long known = ref Row(task)[1 + word];
            Atomic.PlainStore(ref known, Atomic.PlainLoad(ref known) | (long)cpus);
        }

        public void AddPage(TaskId task, MmId mm, long page)
        {
            Span<long> row = Row(task);
            int pages = (int)Atomic.PlainLoad(ref row[0]);
            if (pages > Capacity) { return; }
            if (pages < Capacity) { Atomic.PlainStore(ref row[1 + _maskWords + pages], ((long)mm.Value << PageBits) | page); }
            Atomic.PlainStore(ref row[0], pages + 1);
        }

        public void Clear(TaskId task)
        {
            Span<long> row = Row(task);
            int used = 1 + _maskWords + Math.Min((int)Atomic.PlainLoad(ref row[0]), Capacity);
            for (int i = 0; i < used; i++) { Atomic.PlainStore(ref row[i], 0); }
        }

        private long At(TaskId task, int i) => Atomic.PlainLoad(ref Row(task)[1 + _maskWords + i]);

        private Span<long> Row(TaskId task) => _words.Row(task.Value * _stride, _stride);
    }
}
