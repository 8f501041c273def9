using System.Runtime.InteropServices;
using MemCore.Native;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Growth;

/// <summary>Many OS threads with small stacks, each asleep on a word of its own until it is told what to do next.</summary>
internal sealed unsafe class SleeperGang : IDisposable
{
    private const int StackBytes = 128 << 10;
    private const int StrideInts = 32;
    private const int Ended = -1;

    private readonly Thread[] _threads;
    private readonly Action<int>[] _jobs;
    private readonly int* _orders;
    private int _pinned;
    private int _begun;
    private int _done;
    private long _allocatedBytes;

    /// <param name="threads">How many.</param>
    /// <param name="cpu">Chooses the CPU of a thread; the OS may refuse it.</param>
    /// <param name="jobs">What a thread may be told to do, each with the thread's number.</param>
    public SleeperGang(int threads, Func<int, int> cpu, params Action<int>[] jobs)
    {
        _jobs = jobs;
        _orders = (int*)NativeMemory.AlignedAlloc((nuint)threads * StrideInts * sizeof(int), StrideInts * sizeof(int));
        new Span<int>(_orders, threads * StrideInts).Clear();
        _threads = new Thread[threads];
        for (int i = 0; i < threads; i++)
        {
            int number = i;
            _threads[i] = new Thread(() => Serve(number, cpu(number)), StackBytes) { IsBackground = true, Name = "sleeper" };
            _threads[i].Start();
        }
        while (Volatile.Read(ref _begun) != threads) { Thread.Sleep(1); }
    }

    /// <summary>Threads that sit on the CPU that was chosen for them.</summary>
    public int Pinned => Volatile.Read(ref _pinned);

    /// <summary>How many have done what they were told last.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>Managed bytes that jobs allocated.</summary>
    public long AllocatedBytes => Interlocked.Read(ref _allocatedBytes);

    /// <summary>Tells the first <paramref name="count"/> threads to do a job: one store and one wake each. Nobody is at one now.</summary>
    public void Tell(int count, int job)
    {
        Volatile.Write(ref _done, 0);
        for (int i = 0; i < count; i++)
        {
            Volatile.Write(ref *OrderOf(i), job + 1);
            AddressPark.WakeOne(OrderOf(i));
        }
    }

    /// <summary>Waits until so many have done it, without a sleep: the end is timed.</summary>
    public void AwaitDone(int count)
    {
        while (Volatile.Read(ref _done) < count) { Thread.SpinWait(16); }
    }

    public void Dispose()
    {
        for (int i = 0; i < _threads.Length; i++)
        {
            Volatile.Write(ref *OrderOf(i), Ended);
            AddressPark.WakeOne(OrderOf(i));
        }
        foreach (Thread thread in _threads) { thread.Join(); }
        NativeMemory.AlignedFree(_orders);
    }

    private void Serve(int number, int cpu)
    {
        if (ThreadPinning.TryPin(cpu).IsPinned) { Interlocked.Increment(ref _pinned); }
        Interlocked.Increment(ref _begun);
        int* word = OrderOf(number);
        while (true)
        {
            int order = Volatile.Read(ref *word);
            if (order == Ended) { return; }
            if (order == 0)
            {
                AddressPark.Wait(word, 0);
                continue;
            }
            long before = GC.GetAllocatedBytesForCurrentThread();
            Opaque.Call(_jobs[order - 1], number);
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            if (allocated != 0) { Interlocked.Add(ref _allocatedBytes, allocated); }
            Interlocked.CompareExchange(ref *word, 0, order);
            Interlocked.Increment(ref _done);
        }
    }

    private int* OrderOf(int thread) => _orders + ((long)thread * StrideInts);
}
