namespace CsCheck;

/// <summary>Steps to do one after the other, then steps to do from several threads at once; after a run, what came of it.</summary>
internal sealed class ParallelCase<TInitial, TActual, TModel>(
    Initial<TInitial> start,
    (string Name, Action<TActual> OnActual, Action<TModel> OnModel)[] sequential,
    (string Name, Action<TActual> OnActual, Action<TModel> OnModel)[] parallel,
    int threads)
{
    public Initial<TInitial> Start => start;

    public IEnumerable<string> SequentialNames => sequential.Select(step => step.Name);

    public IEnumerable<string> ParallelNames => parallel.Select(step => step.Name);

    /// <summary>The thread of each parallel step in the last run.</summary>
    public int[] ThreadIds { get; private set; } = [];

    /// <summary>What the last run ended in.</summary>
    public TActual Final { get; private set; } = default!;

    /// <summary>Cases shrink by parallel steps, then sequential ones, then threads, then by what the steps are about.</summary>
    public static Gen<ParallelCase<TInitial, TActual, TModel>> Of(
        Gen<TInitial> initial, Gen<(string, Action<TActual>, Action<TModel>)> steps, int maxSequential, int maxParallel, int maxThreads)
    {
        Gen<Initial<TInitial>> starts = Initial<TInitial>.Of(initial);
        Gen<(string, Action<TActual>, Action<TModel>)[]> before = steps.Array[0, maxSequential], at = steps.Array[2, Math.Max(2, maxParallel)];
        return new GenFrom<ParallelCase<TInitial, TActual, TModel>>((pcg, out size) =>
        {
            Initial<TInitial> start = starts.Generate(pcg, null, out Size startSize);
            var sequential = before.Generate(pcg, null, out Size beforeSize);
            var parallel = at.Generate(pcg, null, out Size atSize);
            int threads = 2 + (int)pcg.Next((uint)Math.Max(1, Math.Min(maxThreads, parallel.Length) - 1));
            Size content = Size.Sum(startSize, Size.Sum(beforeSize, atSize));
            size = new Size((ulong)parallel.Length, new Size((ulong)sequential.Length, new Size((ulong)threads, content)));
            return new ParallelCase<TInitial, TActual, TModel>(start, sequential, parallel, threads);
        });
    }

    /// <summary>Runs on <paramref name="actual"/>; an exception of any step is thrown once all threads have ended.</summary>
    /// <remarks>Without <paramref name="assigned"/> the threads race for the next step, otherwise each step has its thread.</remarks>
    public void Run(TActual actual, int[]? assigned)
    {
        Final = actual;
        foreach ((string _, Action<TActual> onActual, Action<TModel> _) in sequential) { onActual(actual); }
        int[] ids = assigned ?? new int[parallel.Length];
        ThreadIds = ids;
        int arrived = 0, released = 0, taken = -1;
        Exception? exception = null;
        var workers = new Thread[assigned is null ? threads : assigned.Max() + 1];
        for (int i = 0; i < workers.Length; i++)
        {
            int id = i;
            workers[i] = new Thread(() => Work(id)) { IsBackground = true, Name = $"CsCheck parallel {id}" };
            workers[i].Start();
        }
        SpinUntil(() => Volatile.Read(ref arrived) == workers.Length);
        Volatile.Write(ref released, 1);
        foreach (Thread worker in workers) { worker.Join(); }
        if (exception is not null) { throw new CsCheckException("an operation threw while others ran", exception); }

        void Work(int id)
        {
            Interlocked.Increment(ref arrived);
            SpinUntil(() => Volatile.Read(ref released) != 0);
            try
            {
                if (assigned is null)
                {
                    for (int next; (next = Interlocked.Increment(ref taken)) < parallel.Length;)
                    {
                        ids[next] = id;
                        parallel[next].OnActual(actual);
                    }
                    return;
                }
                for (int i = 0; i < parallel.Length; i++)
                {
                    if (assigned[i] == id) { parallel[i].OnActual(actual); }
                }
            }
#pragma warning disable CA1031 // Whatever an operation throws is the verdict of the case.
            catch (Exception thrown)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref exception, thrown, null);
            }
        }
    }

    /// <summary>Every order of the parallel steps that keeps the order within each thread.</summary>
    public IEnumerable<int[]> Orders()
    {
        int[][] queues = [.. ThreadIds.Distinct().Select(id => Enumerable.Range(0, parallel.Length).Where(i => ThreadIds[i] == id).ToArray())];
        return Merge([], new int[queues.Length]);

        IEnumerable<int[]> Merge(int[] soFar, int[] taken)
        {
            if (soFar.Length == parallel.Length)
            {
                yield return soFar;
                yield break;
            }
            for (int queue = 0; queue < queues.Length; queue++)
            {
                if (taken[queue] == queues[queue].Length) { continue; }
                int[] now = [.. taken];
                int step = queues[queue][now[queue]++];
                foreach (int[] order in Merge([.. soFar, step], now)) { yield return order; }
            }
        }
    }

    /// <summary>The sequential steps, then the parallel ones in the given order, on one thread.</summary>
    public void Linearize(TModel model, int[] order)
    {
        foreach ((string _, Action<TActual> _, Action<TModel> onModel) in sequential) { onModel(model); }
        foreach (int step in order) { parallel[step].OnModel(model); }
    }

    private static void SpinUntil(Func<bool> condition)
    {
        for (int spins = 0; !condition(); spins++)
        {
            if (spins > 10_000) { Thread.Yield(); } // More threads than cores.
        }
    }
}
