using MemCore.Lab.Testing;

namespace MemCore.Tests.Testing;

public class SharedMemoryTests
{
    [Fact]
    public void ExploringWithoutTheSwitchSaysWhichLineToAdd()
    {
        ConcurrentTest<SharedInt, string> test = new ConcurrentTest<SharedInt, string>(memory => memory.Int("count"), (count, _, _) => count.Add(1)).Actor("add");
        string message = Assert.Throws<InvalidOperationException>(() => test.Explore()).Message;
        Assert.Contains("<RuntimeHostConfigurationOption Include=\"MemCore.Explore\" Value=\"true\" />", message, StringComparison.Ordinal);
        Assert.Equal(message, Assert.Throws<InvalidOperationException>(() => test.Replay("v1:test/test:a1")).Message);
    }

    [Fact]
    public void SharedWordsWorkOnRealThreads()
    {
        const int AddsEach = 20_000;
        using SharedMemory memory = new();
        SharedInt atOnce = memory.Int("at once");
        SharedLong inALoop = memory.Long("in a loop", 5);
        SharedInts gate = memory.Ints("gate", 1);
        Thread[] threads = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            while (gate[0].Load() == 0) { gate[0].Park(0); }
            for (int i = 0; i < AddsEach; i++)
            {
                atOnce.Add(1);
                for (long seen = inALoop.Load(), now; (now = inALoop.CompareExchange(seen + 2, seen)) != seen; seen = now) { }
            }
        }))];
        foreach (Thread thread in threads) { thread.Start(); }
        gate[0].Store(1);
        gate[0].WakeAll();
        foreach (Thread thread in threads) { thread.Join(); }
        Assert.Equal(3 * AddsEach, atOnce.Load());
        Assert.Equal(5 + (6L * AddsEach), inALoop.LoadPlain());
    }
}
