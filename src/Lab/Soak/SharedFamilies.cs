using MemCore.Engine;
using MemCore.Frames;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Parent processes that several tasks fork: one for each few tasks. The first of these tasks alone writes to the parent's pages.</summary>
internal sealed class SharedFamilies
{
    public const long FirstPage = 1 << 20;
    public const int TasksEach = 4;

    private const uint OwnerBase = 0x4000_0000;

    private readonly MmId[] _parents;
    private readonly Column<int> _published; // (A) by the writer: the version that is in the page for sure

    /// <summary>Makes the parents and writes each page once. In the name of task 0, before any worker starts. What does not fit in memory stays unwritten.</summary>
    public SharedFamilies(Machine machine, int pages)
    {
        Pages = pages;
        int families = (machine.Cpus.Tasks + TasksEach - 1) / TasksEach;
        _parents = new MmId[families];
        _published = machine.Arena.Add<int>("family_version", families * pages, ColumnKind.State);
        TaskId task = new(0);
        for (int family = 0; family < families; family++)
        {
            MmId mm = machine.Mms.Create(task);
            if (mm.IsNone || machine.Mms.Map(task, mm, FirstPage, pages, VmaFlags.Write).IsNone) { throw new ArgumentException("the machine has less room for mappings than the tasks need", nameof(machine)); }
            _parents[family] = mm;
            for (int page = 0; page < pages; page++)
            {
                if (machine.Memories.TryWrite(task, mm, FirstPage + page, new PageSignature(OwnerOf(family), 1, FirstPage + page)) == FaultResult.Done) { Publish(family, page, 1); }
            }
        }
    }

    public int Pages { get; }

    public static uint OwnerOf(int family) => OwnerBase + (uint)family;

    public static int FamilyOf(TaskId task) => task.Value / TasksEach;

    public static bool IsWriter(TaskId task) => task.Value % TasksEach == 0;

    public MmId ParentOf(int family) => _parents[family];

    /// <summary>A version that the page has had; the page may be one ahead. Pairs with SharedFamilies.Publish: what was written before is there. 0: never written.</summary>
    public int Published(int family, int page) => Atomic.Load(ref _published[(family * Pages) + page]);

    /// <summary>The writer, after its write. Pairs with SharedFamilies.Published.</summary>
    public void Publish(int family, int page, int version) => Atomic.Store(ref _published[(family * Pages) + page], version);

    /// <summary>Ends the parents. Everybody is idle and has no child any more.</summary>
    public void Drain(Machine machine)
    {
        foreach (MmId mm in _parents) { machine.Mms.Exit(new TaskId(0), mm); }
    }
}
