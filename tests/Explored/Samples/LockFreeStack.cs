using System.Numerics;
using MemCore.Lab.Testing;

namespace MemCore.Tests.Samples;

/// <summary>A lock-free stack of numbers. Each thread has nodes of its own; a popped one belongs to the thread that popped it.</summary>
internal sealed class LockFreeStack
{
    private readonly SharedLong _head; // tag above, node below; node 0 is none
    private readonly SharedInts _next;
    private readonly SharedInts _value; // plain: touched by who has the node
    private readonly SharedInts _free; // plain: one bit for each node that the thread has
    private readonly bool _tagged;

    /// <param name="memory">Where its words are.</param>
    /// <param name="threads">Numbered from 0.</param>
    /// <param name="nodesEach">Of a thread at first; all nodes together are 30 at most.</param>
    /// <param name="tagged">False leaves out the tag, without which a head that came back looks as if it had never gone.</param>
    public LockFreeStack(SharedMemory memory, int threads, int nodesEach, bool tagged = true)
    {
        _head = memory.Long("head", format: head => $"node {(int)head} tag {head >> 32}");
        _next = memory.Ints("next", (threads * nodesEach) + 1);
        _value = memory.Ints("value", (threads * nodesEach) + 1);
        _free = memory.Ints("free", threads);
        _tagged = tagged;
        for (int n = 0; n < threads * nodesEach; n++) { _free[n % threads].StorePlain(_free[n % threads].LoadPlain() | (2 << n)); }
    }

    /// <summary>The thread has a node to put the value into.</summary>
    public long Push(int thread, int value)
    {
        int free = _free[thread].LoadPlain();
        int node = BitOperations.Log2((uint)free);
        _free[thread].StorePlain(free & ~(1 << node));
        _value[node].StorePlain(value);
        long head = _head.Load();
        while (true)
        {
            _next[node].Store((int)head);
            long now = _head.CompareExchange(HeadAfter(head, node), head);
            if (now == head) { return 0; }
            head = now;
        }
    }

    /// <summary>What was pushed last; or -1 when there is nothing.</summary>
    public long Pop(int thread)
    {
        long head = _head.Load();
        while ((int)head != 0)
        {
            int node = (int)head;
            int below = _next[node].Load();
            long now = _head.CompareExchange(HeadAfter(head, below), head);
            if (now == head)
            {
                _free[thread].StorePlain(_free[thread].LoadPlain() | (1 << node));
                return _value[node].LoadPlain();
            }
            head = now;
        }
        return -1;
    }

    private long HeadAfter(long head, int node) => _tagged ? (((head >> 32) + 1) << 32) | (uint)node : node;
}
