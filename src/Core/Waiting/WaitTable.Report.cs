using MemCore.Frames;
using MemCore.Primitives;

namespace MemCore.Waiting;

/// <summary>What a task waits for. Exclusive: the lock itself; otherwise that somebody gives it back.</summary>
internal readonly record struct WaitReport(TaskId Task, Pfn Pfn, WaiterFlags Flags)
{
    public bool IsWaiting => !Pfn.IsNone;
}

internal sealed partial class WaitTable
{
    /// <summary>What the task is queued for, for reports: read without order, so another task's answer may be a moment old.</summary>
    public WaitReport WaitsFor(TaskId task)
    {
        (_, _, Pfn pfn, WaiterFlags flags) = _queues.SlotForReport(task.Value + 1);
        return new WaitReport(task, pfn, flags);
    }

    /// <summary>One line per queued task: what it waits for, and who owns that if it is recorded. For the watchdog; may be a moment old.</summary>
    public void DescribeWaiters(Action<string> line)
    {
        for (int t = 0; t < _queues.Tasks; t++)
        {
            WaitReport wait = WaitsFor(new TaskId(t));
            if (!wait.IsWaiting) { continue; }
            int owner = Owners.OwnerForReport(wait.Pfn);
            string what = (wait.Flags & WaiterFlags.Exclusive) == 0 ? "the unlock of" : (wait.Flags & WaiterFlags.HandOff) == 0 ? "the lock of" : "hand-off of the lock of";
            string state = (wait.Flags & WaiterFlags.Woken) == 0 ? "asleep" : "woken";
            line($"task {t} ({state}) waits for {what} folio {wait.Pfn}, bucket {BucketOf(wait.Pfn)}{(owner < 0 ? string.Empty : $", owned by task {owner}")}");
        }
    }

    /// <summary>Entries in all queues. At rest it must be 0.</summary>
    public int QueuedAtRest()
    {
        int queued = 0;
        for (int bucket = 0; bucket < _queues.Buckets; bucket++)
        {
            for (int entry = _queues.BucketForReport(bucket).Head; entry != 0 && queued <= _queues.Tasks; entry = _queues.SlotForReport(entry).Next) { queued++; }
        }
        return queued;
    }

    /// <summary>Reports everything a finished wait should have left zero. At rest only; a pending cancellation is lawful.</summary>
    public void AuditAtRest(Action<ViolationKind, string> report)
    {
        for (int bucket = 0; bucket < _queues.Buckets; bucket++)
        {
            (int owner, int head, int tail) = _queues.BucketForReport(bucket);
            if (owner != 0) { report(ViolationKind.StuckState, $"wait bucket {bucket} is locked by task {owner - 1}"); }
            if (head != 0 || tail != 0) { report(ViolationKind.LostWake, $"wait bucket {bucket} is not empty: head task {head - 1}, tail task {tail - 1}"); }
        }
        for (int entry = 1; entry <= _queues.Tasks; entry++)
        {
            (int next, int prev, Pfn pfn, WaiterFlags flags) = _queues.SlotForReport(entry);
            if (next != 0 || prev != 0 || !pfn.IsNone || (flags & ~WaiterFlags.Killed) != 0)
            {
                report(ViolationKind.StuckState, $"waiter slot of task {entry - 1} is not clear: folio {pfn}, flags {flags}, links {prev - 1} and {next - 1}");
            }
        }
    }
}
