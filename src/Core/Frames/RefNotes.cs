using System.Globalization;
using System.Text;
using MemCore.Primitives;

namespace MemCore.Frames;

/// <summary>The words of the ledger: a count of references for each frame and kind of holder, and who took the last. Lock-free.</summary>
/// <remarks><code>
/// one word a frame and kind, so that no kind borrows from another:
/// bit  31 ................... 16 15 ............ 0
///      [ last taker's task plus 1 ] [ references ]
/// </code></remarks>
internal sealed class RefNotes(Arena arena, int frames)
{
    private const int KindsShift = 3;
    private const int TakerShift = 16;
    private const uint CountMask = (1u << TakerShift) - 1;

    private readonly Column<uint> _entries = arena.Add<uint>("ledger", checked(frames * (1 << KindsShift)), ColumnKind.Bookkeeping); // (A)

    public void Take(TaskId task, Pfn head, RefHolder holder)
    {
        ref uint entry = ref Entry(head, holder);
        uint seen = Atomic.Load(ref entry);
        while (true)
        {
            if ((seen & CountMask) == CountMask) { Contradiction(ViolationKind.RefLeak, task, $"takes one more than {CountMask} references as {NameOf(holder)}", head); }
            uint now = Atomic.CompareExchange(ref entry, (((uint)task.Value + 1) << TakerShift) | ((seen & CountMask) + 1), seen);
            if (now == seen) { return; }
            seen = now;
        }
    }

    public void Drop(TaskId task, Pfn head, RefHolder holder)
    {
        ref uint entry = ref Entry(head, holder);
        uint seen = Atomic.Load(ref entry);
        while (true)
        {
            if ((seen & CountMask) == 0)
            {
                int taker = (int)(seen >> TakerShift) - 1;
                string last = taker < 0 ? "nobody ever took one" : $"the last was taken by task {taker}";
                Contradiction(ViolationKind.RefUnderflow, task, $"drops a reference as {NameOf(holder)}, but none is noted ({last})", head);
            }
            uint now = Atomic.CompareExchange(ref entry, seen - 1, seen);
            if (now == seen) { return; }
            seen = now;
        }
    }

    public void Move(TaskId task, Pfn head, RefHolder from, RefHolder to)
    {
        Drop(task, head, from);
        Take(task, head, to);
    }

    public void VerifyNone(TaskId task, Pfn head)
    {
        for (RefHolder holder = 0; holder <= RefHolder.Driver; holder++)
        {
            if (CountAtRest(head, holder) != 0) { Contradiction(ViolationKind.RefUnderflow, task, $"frees a folio that has holders: {DescribeAtRest(head)}", head); }
        }
    }

    public int CountAtRest(Pfn head, RefHolder holder) => (int)(Atomic.Load(ref Entry(head, holder)) & CountMask);

    /// <summary>The task that took the last reference of the kind; -1: nobody did, or nobody noted it.</summary>
    public int LastTakerAtRest(Pfn head, RefHolder holder) => (int)(Atomic.Load(ref Entry(head, holder)) >> TakerShift) - 1;

    /// <summary>As in <c>speculative 1 (last taken by task 3), pin 2 (last taken by task 7)</c>; empty: nobody, or not recorded.</summary>
    public string DescribeAtRest(Pfn head)
    {
        StringBuilder text = new();
        for (RefHolder holder = 0; holder <= RefHolder.Driver; holder++)
        {
            int count = CountAtRest(head, holder);
            if (count == 0) { continue; }
            if (text.Length > 0) { text.Append(", "); }
            text.Append(CultureInfo.InvariantCulture, $"{NameOf(holder)} {count} (last taken by task {LastTakerAtRest(head, holder)})");
        }
        return text.ToString();
    }

    private ref uint Entry(Pfn head, RefHolder holder) => ref _entries[(head.Value << KindsShift) + (int)holder];

    private static string NameOf(RefHolder holder) => holder.ToString().ToLowerInvariant();

    private static void Contradiction(ViolationKind kind, TaskId task, string text, Pfn head) =>
        Bug.Raise(kind, string.Create(CultureInfo.InvariantCulture, $"task {task.Value} {text} (pfn {head})"), nameof(RefNotes));
}
