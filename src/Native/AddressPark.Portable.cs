namespace MemCore.Native;

internal static unsafe partial class AddressPark
{
    /// <summary>Where the OS offers no wait on an address: waiters queue in buckets picked by the address, first come, first woken.</summary>
    /// <remarks>
    /// The bucket's lock makes check-and-queue one step against find-and-wake. Each waiter sleeps on its own monitor, so a wake for one
    /// address never goes to a waiter of another one that shares its bucket. Lock order: bucket, then waiter.
    /// </remarks>
    internal static class Portable
    {
        internal const int BucketCount = 256;

        private static readonly Bucket[] s_buckets = [.. Enumerable.Range(0, BucketCount).Select(_ => new Bucket())];

        [ThreadStatic]
        private static Waiter? s_waiter;

        public static ParkResult Wait(int* address, int expected, int timeoutMs)
        {
            Waiter waiter = s_waiter ??= new Waiter();
            Bucket bucket = BucketOf((nint)address);
            lock (bucket.Gate)
            {
                // Pairs with Wake: a change made before the wake took the gate is seen here, otherwise the wake finds this waiter.
                if (Volatile.Read(ref *address) != expected) { return ParkResult.ValueChanged; }

                waiter.Address = (nint)address;
                waiter.IsWoken = false;
                bucket.Append(waiter);
            }
            try
            {
                Sleep(waiter, timeoutMs);
            }
            finally
            {
                // Also when Thread.Interrupt ends the sleep: the node must not stay queued behind its thread's back.
                lock (bucket.Gate)
                {
                    if (!waiter.IsWoken) { bucket.Remove(waiter); }
                }
            }
            return waiter.IsWoken ? ParkResult.Woken : ParkResult.TimedOut;
        }

        public static void Wake(int* address, int waitersMax)
        {
            Bucket bucket = BucketOf((nint)address);
            lock (bucket.Gate)
            {
                for (Waiter? waiter = bucket.Head, next; waiter is not null && waitersMax > 0; waiter = next)
                {
                    next = waiter.Next;
                    if (waiter.Address != (nint)address) { continue; }

                    bucket.Remove(waiter);
                    lock (waiter)
                    {
                        waiter.IsWoken = true;
                        Monitor.Pulse(waiter);
                    }
                    waitersMax--;
                }
            }
        }

        /// <summary>Waiters queued on the address now; stale at once.</summary>
        internal static int WaitersUnsafe(int* address)
        {
            Bucket bucket = BucketOf((nint)address);
            lock (bucket.Gate)
            {
                int count = 0;
                for (Waiter? waiter = bucket.Head; waiter is not null; waiter = waiter.Next)
                {
                    count += waiter.Address == (nint)address ? 1 : 0;
                }
                return count;
            }
        }

        /// <summary>The bucket of an address; equal numbers share a queue.</summary>
        internal static int BucketIndex(nint address) => (int)(((ulong)address >> 2) * 0x9E3779B97F4A7C15 >> 56);

        private static Bucket BucketOf(nint address) => s_buckets[BucketIndex(address)];

        private static void Sleep(Waiter waiter, int timeoutMs)
        {
            long start = MonotonicClock.Ticks;
            lock (waiter)
            {
                // A late pulse meant for this thread's previous wait can end Monitor.Wait, hence the loop and the flag.
                while (!waiter.IsWoken)
                {
                    int leftMs = Timeout.Infinite;
                    if (timeoutMs >= 0)
                    {
                        long spentMs = MonotonicClock.ToNanoseconds(MonotonicClock.Ticks - start) / 1_000_000;
                        if (spentMs >= timeoutMs) { return; }
                        leftMs = timeoutMs - (int)spentMs;
                    }
                    Monitor.Wait(waiter, leftMs);
                }
            }
        }

        private sealed class Bucket
        {
            private Waiter? _tail;

            public Lock Gate { get; } = new();

            public Waiter? Head { get; private set; }

            public void Append(Waiter waiter)
            {
                (waiter.Previous, waiter.Next) = (_tail, null);
                if (_tail is null) { Head = waiter; }
                else { _tail.Next = waiter; }
                _tail = waiter;
            }

            public void Remove(Waiter waiter)
            {
                if (waiter.Previous is null) { Head = waiter.Next; }
                else { waiter.Previous.Next = waiter.Next; }
                if (waiter.Next is null) { _tail = waiter.Previous; }
                else { waiter.Next.Previous = waiter.Previous; }
                (waiter.Previous, waiter.Next) = (null, null);
            }
        }

        /// <summary>One per thread, reused: a thread waits for one address at a time. Changed under the bucket's gate; IsWoken under both.</summary>
        private sealed class Waiter
        {
            public nint Address;
            public bool IsWoken;
            public Waiter? Previous;
            public Waiter? Next;
        }
    }
}
