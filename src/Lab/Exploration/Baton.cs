namespace MemCore.Lab.Exploration;

/// <summary>Lets one of several threads run at a time. Whoever has the baton hands it on; everybody else waits: first spinning, then asleep.</summary>
/// <remarks>A hand-over is a full fence: what one thread wrote before it the next one sees.</remarks>
internal sealed class Baton(int threads) : IDisposable
{
    private const int Looks = 200;

    private readonly SemaphoreSlim[] _beds = [.. Enumerable.Range(0, threads).Select(_ => new SemaphoreSlim(0))];
    private readonly int[] _asleep = new int[threads];
    private int _holder;

    /// <summary>Hands the baton on. The caller goes on to <see cref="Await"/> or ends.</summary>
    public void Pass(int to)
    {
        Interlocked.Exchange(ref _holder, to);
        if (Interlocked.Exchange(ref _asleep[to], 0) != 0) { _beds[to].Release(); }
    }

    /// <summary>Returns when the caller has the baton. Blocking on whoever has it.</summary>
    public void Await(int me)
    {
        while (true)
        {
            for (int look = 0; look < Looks; look++)
            {
                if (Volatile.Read(ref _holder) == me) { return; }
                Thread.SpinWait(1);
            }
            Interlocked.Exchange(ref _asleep[me], 1);

            // Handed over between the last look and the mark: whoever takes the mark away owes the wake, if it is not us.
            if (Volatile.Read(ref _holder) == me && Interlocked.Exchange(ref _asleep[me], 0) != 0) { return; }

            // Who handed the baton over in an earlier turn may take the mark of this one, when it is late with that: a wake alone says nothing.
            _beds[me].Wait();
        }
    }

    public void Dispose()
    {
        foreach (SemaphoreSlim bed in _beds) { bed.Dispose(); }
    }
}
