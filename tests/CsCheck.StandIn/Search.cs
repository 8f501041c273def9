using System.Diagnostics;

namespace CsCheck;

/// <summary>The smallest failing case so far. <see cref="HasValue"/> is false when the generator itself threw.</summary>
internal sealed record Failure<T>(uint Stream, ulong State, Size Size, bool HasValue, T Value, Exception? Exception);

/// <summary>Draws cases on some threads and keeps the smallest that fails; once one has failed only smaller ones are tried.</summary>
/// <remarks>A case fails when <c>holds</c> gives false or throws. Blocks until the iterations or the time are used up.</remarks>
internal sealed class Search<T>(Gen<T> gen, Func<T, bool> holds)
{
    private readonly Lock _lock = new();
    private volatile Failure<T>? _smallest;
    private long _left, _total, _skipped, _shrinks, _deadline;

    /// <summary>The smallest failing case, null when all held. A seed makes the first case; the rest go on from there.</summary>
    public Failure<T>? Run(string? seed, long iter, int time, int threads, Func<T, bool>? seededHolds = null)
    {
        seed ??= Check.Seed;
        iter = iter < 0 ? Check.Iter : iter;
        time = time < 0 ? Check.Time : time;
        threads = Math.Max(1, threads < 0 ? Check.Threads : threads);
        _left = time > 0 ? long.MaxValue : iter;
        _deadline = time > 0 ? Stopwatch.GetTimestamp() + (time * Stopwatch.Frequency) : long.MaxValue;

        PCG first = seed is null ? PCG.Fresh() : PCG.Parse(seed);
        if (seed is not null && --_left >= 0) { Try(first, seededHolds ?? holds); }

        var workers = new Thread[(int)Math.Min(threads - 1, Math.Max(0, _left - 1))];
        for (int i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(() => Work(PCG.Fresh())) { IsBackground = true, Name = "CsCheck" };
            workers[i].Start();
        }
        Work(first);
        foreach (Thread worker in workers) { worker.Join(); }
        return _smallest;
    }

    /// <summary>Throws what a failing run says; on success says how much was tried.</summary>
    public void Report(Func<T, string> print, Action<string>? writeLine, Func<T, string>? seedSuffix = null)
    {
        if (_smallest is not { } failure)
        {
            writeLine?.Invoke($"Passed {_total:#,0} iterations.");
            return;
        }
        string seed = PCG.At(failure.Stream, failure.State).ToString();
        if (failure.HasValue && seedSuffix is not null) { seed += seedSuffix(failure.Value); }
        string message = $"Set seed: \"{seed}\" or CsCheck_Seed={seed} to reproduce"
            + $" ({_shrinks:#,0} shrinks, {_skipped:#,0} skipped, {_total:#,0} total; stand-in's seed)."
            + Environment.NewLine + (failure.HasValue ? Cut(print(failure.Value)) : "The generator failed.");
        if (failure.Exception is not null) { message += Environment.NewLine + failure.Exception; }
        throw new CsCheckException(message, failure.Exception);
    }

    private static string Cut(string text) => text.Length <= Check.PrintedMax ? text : text[..Check.PrintedMax] + " ...";

    private void Work(PCG pcg)
    {
        while (Stopwatch.GetTimestamp() < _deadline && Interlocked.Decrement(ref _left) >= 0) { Try(pcg, holds); }
    }

    private void Try(PCG pcg, Func<T, bool> test)
    {
        ulong state = pcg.State;
        Interlocked.Increment(ref _total);
        T value = default!;
        Size size = new(0);
        bool generated = false;
        try
        {
            value = gen.Generate(pcg, _smallest?.Size, out size);
            generated = true;
            if (_smallest is { } bar && !Size.IsLessThan(size, bar.Size))
            {
                Interlocked.Increment(ref _skipped);
                return;
            }
            if (!test(value)) { Keep(null); }
        }
#pragma warning disable CA1031 // Whatever a property throws is its verdict.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Keep(exception);
        }

        void Keep(Exception? exception)
        {
            lock (_lock)
            {
                if (_smallest is { } bar && (!generated || !Size.IsLessThan(size, bar.Size))) { return; }
                if (_smallest is not null) { _shrinks++; }
                _smallest = new Failure<T>(pcg.Stream, state, size, generated, value, exception);
            }
        }
    }
}
