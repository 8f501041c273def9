using System.Diagnostics;

namespace MemCore.Perf.Measuring;

/// <summary>Ends the process when one part takes far too long: a wake that was lost must not hang whoever waits for the figures.</summary>
internal sealed class StallGuard : IDisposable
{
    private const int NoProgress = 4;
    private const int LookEveryMs = 1000;
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private readonly TextWriter _progress;
    private readonly ManualResetEventSlim _over = new();
    private string _part = string.Empty;
    private long _began = Stopwatch.GetTimestamp();

    /// <summary>Made before the calling thread is pinned: its own thread keeps all CPUs.</summary>
    public StallGuard(TextWriter progress)
    {
        _progress = progress;
        new Thread(Watch) { IsBackground = true, Name = "stall guard" }.Start();
    }

    /// <summary>Called before the process ends, on the guard's thread: what was found until then is not to be lost.</summary>
    public Action? BeforeExit { get; set; }

    /// <summary>What went before is over; its time is told.</summary>
    public void Begin(string part)
    {
        if (_part.Length > 0 && part != _part) { _progress.WriteLine($"{_part}: {Stopwatch.GetElapsedTime(_began).TotalSeconds:F1} s"); }
        Volatile.Write(ref _part, part);
        Volatile.Write(ref _began, Stopwatch.GetTimestamp());
    }

    public void Dispose() => _over.Set();

    private void Watch()
    {
        while (!_over.Wait(LookEveryMs))
        {
            if (Stopwatch.GetElapsedTime(Volatile.Read(ref _began)) < s_longest) { continue; }
            _progress.WriteLine($"{Volatile.Read(ref _part)}: no end after {s_longest.TotalMinutes} minutes");
            BeforeExit?.Invoke();
            Environment.Exit(NoProgress);
        }
        _over.Dispose();
    }
}
