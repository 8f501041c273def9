using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Mapping;

/// <summary>Stable nodes of merged folios: the places (VMA and page) that map each, several in one Mm too.</summary>
/// <remarks>
/// <para>An item is one place. The list of a node changes only under the node's lock, and grows at its end, so that a walk meets a parent's
/// place before the child's that a fork copied. A place stops counting without that lock, for who unmaps holds a page-table lock, which
/// ranks above it: its VMA word becomes zero, and the next <see cref="Add"/> takes the dead item off the list.</para>
/// <para>A node lives as long as the machine: the mapping word of its folio names it until the folio is freed, which tells nobody.</para>
/// </remarks>
internal sealed class KsmNodes
{
    // Words of a node.
    private const int NodeLock = 0;
    private const int First = 1; // (R) to change
    private const int Last = 2; // (R)
    private const int Unlinks = 3; // (R) to change: odd while an item is taken off, two steps for each

    // Words of an item.
    private const int ItemVma = 0; // (A) 0: dead
    private const int ItemNext = 1; // (R) to change
    private const int ItemPrev = 2; // (R)

    private readonly EngineBase _engine;
    private readonly SlotPool _nodes;
    private readonly SlotPool _items;
    private readonly WordRows _words;
    private readonly WordRows _itemWords;
    private readonly Column<long> _pages;

    public KsmNodes(EngineBase engine, MappingOptions options)
    {
        _engine = engine;
        _nodes = new SlotPool(engine.Arena, "ksm_node", options.KsmNodes);
        _items = new SlotPool(engine.Arena, "ksm_item", options.KsmItems);
        _words = new WordRows(engine.Arena, "ksm_node", options.KsmNodes + 1, WordRows.HalfLine, "lock", "first", "last", "unlinks");
        _itemWords = new WordRows(engine.Arena, "ksm_item", options.KsmItems + 1, WordRows.HalfLine, "vma", "next", "prev");
        _pages = engine.Arena.Add<long>("ksm_item_page", options.KsmItems + 1, ColumnKind.State);
    }

    /// <summary>A node without places. 0: exhausted. Lock-free.</summary>
    public int Create(TaskId task)
    {
        _ = task;
        return _nodes.Take();
    }

    /// <summary>Notes that the page of the VMA maps the node's folio. False: exhausted. Takes the rmap lock of the node: before any page-table lock.</summary>
    public bool Add(TaskId task, int node, VmaId vma, long page)
    {
        int item = _items.Take();
        if (item == 0) { return false; }
        Atomic.Store(ref _pages[item], page);
        Lock(task, node);
        TakeDeadOffLocked(node);
        ref int last = ref _words[node, Last];
        int before = Atomic.PlainLoad(ref last);
        Atomic.PlainStore(ref _itemWords[item, ItemPrev], before);

        // Pairs with KsmNodes.Remove: to find an item on the list is to see its place.
        Atomic.Store(ref _itemWords[item, ItemVma], vma.Value);
        Atomic.Store(ref before == 0 ? ref _words[node, First] : ref _itemWords[before, ItemNext], item);
        Atomic.PlainStore(ref last, item);
        Unlock(task, node);
        return true;
    }

    /// <summary>The page does not map it any more: at copy-on-write, zap. Returns false when it was not noted. The entry's table is locked.</summary>
    /// <remarks>
    /// Takes no lock. An item of the place cannot leave the list before it is dead, so who misses it was led astray by another one that did,
    /// and looks again. Blocking on who takes an item off at this moment, a few stores.
    /// </remarks>
    public bool Remove(TaskId task, int node, VmaId vma, long page)
    {
        _ = task;
        ref int unlinks = ref _words[node, Unlinks];
        int spins = 0;
        while (true)
        {
            int before = Atomic.Load(ref unlinks);
            for (int item = Atomic.Load(ref _words[node, First]); item != 0; item = Atomic.Load(ref _itemWords[item, ItemNext]))
            {
                ref int word = ref _itemWords[item, ItemVma];
                if (Atomic.Load(ref word) == vma.Value && Atomic.Load(ref _pages[item]) == page)
                {
                    Atomic.Store(ref word, 0);
                    return true;
                }
            }

            // Pairs with KsmNodes.TakeOffLocked: a link that led astray was changed while the word was odd.
            int after = Atomic.Load(ref unlinks);
            if ((after & 1) != 0) { Atomic.SpinWhile(ref unlinks, after, ref spins); }
            else if (after == before) { return false; }
        }
    }

    public void Lock(TaskId task, int node) => LockOf(node).Lock(task);

    public void Unlock(TaskId task, int node) => LockOf(node).Unlock(task);

    /// <summary>The first place of the node, and the next; 0: no more. Under the lock.</summary>
    public int FirstItem(int node) => Atomic.PlainLoad(ref _words[node, First]);

    public int NextItem(int item) => Atomic.PlainLoad(ref _itemWords[item, ItemNext]);

    /// <summary>None: the place does not map the folio any more.</summary>
    public VmaId VmaOf(int item) => new(Atomic.Load(ref _itemWords[item, ItemVma]));

    public long PageOf(int item) => Atomic.PlainLoad(ref _pages[item]);

    /// <summary>Nodes, and items that are on lists. At rest.</summary>
    public (int Nodes, int Items) UsedAtRest() => (_nodes.UsedAtRest(), _items.UsedAtRest());

    private WordLock LockOf(int node) => new(ref _words[node, NodeLock], _engine.Ranks, LockRank.Rmap);

    private void TakeDeadOffLocked(int node)
    {
        int item = Atomic.PlainLoad(ref _words[node, First]);
        while (item != 0)
        {
            int next = Atomic.PlainLoad(ref _itemWords[item, ItemNext]);
            if (Atomic.Load(ref _itemWords[item, ItemVma]) == 0) { TakeOffLocked(node, item, next); }
            item = next;
        }
    }

    private void TakeOffLocked(int node, int item, int next)
    {
        // Pairs with KsmNodes.Remove: who follows a link that changes below finds the word odd, or another one than before.
        ref int unlinks = ref _words[node, Unlinks];
        Atomic.Add(ref unlinks, 1);
        int prev = Atomic.PlainLoad(ref _itemWords[item, ItemPrev]);
        Atomic.Store(ref prev == 0 ? ref _words[node, First] : ref _itemWords[prev, ItemNext], next);
        Atomic.PlainStore(ref next == 0 ? ref _words[node, Last] : ref _itemWords[next, ItemPrev], prev);
        Atomic.Store(ref _itemWords[item, ItemNext], 0);
        Atomic.PlainStore(ref _itemWords[item, ItemPrev], 0);
        Atomic.Store(ref _pages[item], 0);
        Atomic.Add(ref unlinks, 1);
        _items.Give(item);
    }
}
