using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Threading.Channels;
using Microsoft.Extensions.ObjectPool;

namespace MemCore.Perf.Peers;

/// <summary>What a .NET program has instead of a frame allocator, as loops of take and give back. Both threads use the same instance.</summary>
internal sealed class PoolPeers
{
    private const int PageBytes = 4096;
    private const int BatchFrames = 64;
    private const int Stock = 1024;

    private readonly ConcurrentQueue<int> _queue = new(Enumerable.Range(0, Stock));
    private readonly ConcurrentBag<int> _bag = new(Enumerable.Range(0, Stock));
    private readonly Channel<int> _channel = Channel.CreateUnbounded<int>();
    private readonly ObjectPool<object> _pool = new DefaultObjectPool<object>(new Objects(), BatchFrames);
    private readonly byte[][] _rentedOne = new byte[BatchFrames][];
    private readonly byte[][] _rentedTwo = new byte[BatchFrames][];

    public PoolPeers()
    {
        for (int i = 0; i < Stock; i++) { _channel.Writer.TryWrite(i); }
    }

    public static void ArrayPoolPairs(int n)
    {
        for (int i = 0; i < n; i++) { ArrayPool<byte>.Shared.Return(ArrayPool<byte>.Shared.Rent(PageBytes)); }
    }

    public static unsafe void AlignedPairs(int n)
    {
        for (int i = 0; i < n; i++) { NativeMemory.AlignedFree(NativeMemory.AlignedAlloc(PageBytes, PageBytes)); }
    }

    /// <summary>By batches of 64, given back in reverse.</summary>
    public void ArrayPoolBatchesOne(int n) => ArrayPoolBatches(_rentedOne, n);

    public void ArrayPoolBatchesTwo(int n) => ArrayPoolBatches(_rentedTwo, n);

    public void ObjectPoolPairs(int n)
    {
        for (int i = 0; i < n; i++) { _pool.Return(_pool.Get()); }
    }

    public void QueuePairs(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (_queue.TryDequeue(out int item)) { _queue.Enqueue(item); }
        }
    }

    public void BagPairs(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (_bag.TryTake(out int item)) { _bag.Add(item); }
        }
    }

    public void ChannelPairs(int n)
    {
        for (int i = 0; i < n; i++)
        {
            if (_channel.Reader.TryRead(out int item)) { _channel.Writer.TryWrite(item); }
        }
    }

    private static void ArrayPoolBatches(byte[][] rented, int n)
    {
        for (int left = n; left > 0; left -= BatchFrames)
        {
            int count = Math.Min(left, BatchFrames);
            for (int i = 0; i < count; i++) { rented[i] = ArrayPool<byte>.Shared.Rent(PageBytes); }
            for (int i = count - 1; i >= 0; i--) { ArrayPool<byte>.Shared.Return(rented[i]); }
        }
    }

    private sealed class Objects : PooledObjectPolicy<object>
    {
        public override object Create() => new();

        public override bool Return(object obj) => true;
    }
}
