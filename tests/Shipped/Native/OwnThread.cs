using System.Runtime.ExceptionServices;

namespace MemCore.Tests.Native;

/// <summary>Runs a body on threads of its own, so that affinity and blocking stay away from the pool.</summary>
internal static class OwnThread
{
    /// <summary>Long enough that only a thread that is stuck for good reaches it.</summary>
    private static readonly TimeSpan s_stuckAfter = TimeSpan.FromSeconds(60);

    public static void Run(Action body) => RunAll(1, _ => body());

    /// <summary>Runs the body once per index at the same time and hands on the first failure; a thread that never ends fails too.</summary>
    public static void RunAll(int threadCount, Action<int> body)
    {
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, threadCount).Select(index => new Thread(() =>
        {
            try { body(index); }
            catch (Exception e) { Interlocked.CompareExchange(ref failure, e, null); }
        })
        { IsBackground = true })];
        foreach (Thread thread in threads) { thread.Start(); }
        bool ended = threads.All(thread => thread.Join(s_stuckAfter));
        if (Volatile.Read(ref failure) is { } e) { ExceptionDispatchInfo.Throw(e); }
        Assert.True(ended, "a thread is still blocked: a wake-up was lost");
    }
}
