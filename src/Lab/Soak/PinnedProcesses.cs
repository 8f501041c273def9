using MemCore.Engine;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Processes whose pages are pinned and moved: one for each few tasks, its threads. Each page has one writer among them.</summary>
internal sealed class PinnedProcesses
{
    public const long FirstPage = 1 << 20;

    private const int TasksEach = 4;

    private readonly MmId[] _mms;
    private readonly int _tasks;

    /// <summary>In the name of task 0, before any worker starts.</summary>
    public PinnedProcesses(Machine machine, int pages)
    {
        Pages = pages;
        _tasks = machine.Cpus.Tasks;
        _mms = new MmId[(_tasks + TasksEach - 1) / TasksEach];
        TaskId task = new(0);
        for (int i = 0; i < _mms.Length; i++)
        {
            _mms[i] = machine.Mms.Create(task);
            if (_mms[i].IsNone || machine.Mms.Map(task, _mms[i], FirstPage, pages, VmaFlags.Write).IsNone)
            {
                throw new ArgumentException("the machine has less room for mappings than the tasks need", nameof(machine));
            }
        }
    }

    public int Pages { get; }

    public MmId Of(TaskId task) => _mms[task.Value / TasksEach];

    /// <summary>The one thread of the process that writes to the page, and discards it.</summary>
    public bool IsWriter(TaskId task, int page)
    {
        int first = task.Value / TasksEach * TasksEach;
        return first + (page % Math.Min(TasksEach, _tasks - first)) == task.Value;
    }

    /// <summary>Ends the processes. Everybody is idle and holds no pin any more.</summary>
    public void Drain(Machine machine)
    {
        foreach (MmId mm in _mms) { machine.Mms.Exit(new TaskId(0), mm); }
    }
}
