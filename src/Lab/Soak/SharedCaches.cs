using MemCore.Engine;
using MemCore.Mapping;
using MemCore.Primitives;

namespace MemCore.Lab.Soak;

/// <summary>Page caches that all tasks read. Each page has one writer; the upper half of each cache is never mapped, so it can be evicted.</summary>
internal sealed class SharedCaches
{
    public const int Count = 4;

    private readonly CacheId[] _caches = new CacheId[Count];
    private readonly int _tasks;

    /// <summary>In the name of task 0, before any worker starts.</summary>
    public SharedCaches(Machine machine, int pages)
    {
        Pages = pages;
        _tasks = machine.Cpus.Tasks;
        for (int i = 0; i < Count; i++)
        {
            _caches[i] = machine.Caches.Create(new TaskId(0));
            if (_caches[i].IsNone) { throw new ArgumentException("the machine has less room for page caches than the run needs", nameof(machine)); }
        }
    }

    /// <summary>Of each cache.</summary>
    public int Pages { get; }

    /// <summary>Pages below are mapped by the tasks' processes, those from here on are not.</summary>
    public int Mapped => Pages / 2;

    public CacheId this[int cache] => _caches[cache];

    /// <summary>The one task that writes to the page, and evicts it.</summary>
    public bool IsWriter(TaskId task, int cache, int index) => ((cache * Pages) + index) % _tasks == task.Value;

    /// <summary>Everything goes. Everybody is idle and maps nothing any more.</summary>
    public void Drain(Machine machine)
    {
        foreach (CacheId cache in _caches) { machine.Caches.Destroy(new TaskId(0), cache); }
    }
}
