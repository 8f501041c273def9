using System.Threading.Channels;
using MemCore.Primitives;

namespace MemCore.Engine;

/// <summary>Work that is sent to a CPU.</summary>
[Flags]
internal enum CpuWork
{
    None = 0,

    /// <summary>Give the per-CPU lists back to the allocator.</summary>
    Drain = 1 << 0,

    /// <summary>Move the task that reads this to the next CPU.</summary>
    Move = 1 << 1,

    /// <summary>Look at the run's order word: it has changed.</summary>
    Look = 1 << 2,

    /// <summary>Drain the folio batches: the request itself is in words of the LRU drain.</summary>
    DrainBatches = 1 << 3,
}

/// <summary>A mailbox per CPU: request and acknowledgement are words of the arena, a channel of one element is the doorbell.</summary>
/// <remarks>
/// Whatever a protocol relies on is in the words; the doorbell only wakes an owner that is idle, and a bell that rings already need not
/// ring twice. A task that runs looks at the word at its operation boundaries and never hears the bell.
/// </remarks>
internal sealed class CpuMailbox : IDoorbell
{
    private readonly PaddedColumn<int> _wanted; // (A) CpuWork bits
    private readonly PaddedColumn<int> _drainsAsked; // (A)
    private readonly PaddedColumn<int> _drainsDone; // (A)
    private readonly Channel<CpuWork>[] _bells;

    public CpuMailbox(Arena arena, int cpus)
    {
        _wanted = arena.AddPadded<int>("mail_wanted", cpus, ColumnKind.State);
        _drainsAsked = arena.AddPadded<int>("mail_drains_asked", cpus, ColumnKind.State);
        _drainsDone = arena.AddPadded<int>("mail_drains_done", cpus, ColumnKind.State);
        BoundedChannelOptions one = new(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true };
        _bells = [.. Enumerable.Range(0, cpus).Select(_ => Channel.CreateBounded<CpuWork>(one))];
    }

    public int Cpus => _bells.Length;

    /// <summary>True when something waits for the CPU. One load of a line that only senders write.</summary>
    public bool HasWork(CpuId cpu) => Atomic.Load(ref _wanted[cpu.Value]) != 0;

    /// <summary>Sends work. Wait-free. Work of the same kind that is not taken yet is done once for both.</summary>
    public void Send(CpuId cpu, CpuWork work)
    {
        if ((work & CpuWork.Drain) != 0) { Atomic.Add(ref _drainsAsked[cpu.Value], 1); }

        // Pairs with CpuMailbox.Take: the bits are set before the bell rings, and taken before the work is done.
        Atomic.Or(ref _wanted[cpu.Value], (int)work);
        _bells[cpu.Value].Writer.TryWrite(work);
    }

    public void Ring(CpuId cpu) => Send(cpu, CpuWork.DrainBatches);

    /// <summary>Takes all work that waits. Several tasks of the CPU may call it; each piece goes to one of them.</summary>
    /// <param name="cpu">The CPU that the task runs on.</param>
    /// <param name="drainTicket">What <see cref="AcknowledgeDrain"/> wants to hear when a drain that was taken is done.</param>
    public CpuWork Take(CpuId cpu, out int drainTicket)
    {
        // Read before the bits: a request that comes in between is acknowledged late, never early.
        drainTicket = Atomic.Load(ref _drainsAsked[cpu.Value]);

        if (Plant.Is(PlantedBug.MailTakenInTwoSteps))
        {
            CpuWork seen = (CpuWork)Atomic.Load(ref _wanted[cpu.Value]);
            Atomic.Store(ref _wanted[cpu.Value], 0);
            return seen;
        }

        // Pairs with CpuMailbox.Send: to take a bit is to see what was asked for before it was set.
        return (CpuWork)Atomic.Exchange(ref _wanted[cpu.Value], 0);
    }

    /// <summary>Says that everything asked for up to the ticket has been drained. Lock-free.</summary>
    public void AcknowledgeDrain(CpuId cpu, int drainTicket)
    {
        ref int done = ref _drainsDone[cpu.Value];
        if (Plant.Is(PlantedBug.MailAcknowledgesUntaken)) { drainTicket = Atomic.Load(ref _drainsAsked[cpu.Value]); }
        int seen = Atomic.Load(ref done);
        while (seen - drainTicket < 0)
        {
            int now = Atomic.CompareExchange(ref done, drainTicket, seen);
            if (now == seen) { return; }
            seen = now;
        }
    }

    /// <summary>True when every drain that was sent before the call has been done.</summary>
    public bool IsDrained(CpuId cpu) => Atomic.Load(ref _drainsDone[cpu.Value]) - Atomic.Load(ref _drainsAsked[cpu.Value]) >= 0;

    /// <summary>Sleeps until the bell rings. For the one idle owner of a CPU; returns at once when work waits.</summary>
    public void WaitForBell(CpuId cpu)
    {
        ChannelReader<CpuWork> bell = _bells[cpu.Value].Reader;
        while (!HasWork(cpu) && !bell.TryRead(out _))
        {
            bell.WaitToReadAsync().AsTask().GetAwaiter().GetResult();
        }
    }
}
