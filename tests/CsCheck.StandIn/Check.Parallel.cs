namespace CsCheck;

public static partial class Check
{
    /// <summary>Runs random steps from several threads at once; the final state must be that of some order of the steps.</summary>
    /// <remarks>
    /// Only final states are compared: what a step returned counts only if it is part of the state. A failure's seed carries the thread of
    /// each step; it is tried again up to <paramref name="replay"/> times, since the interleaving itself is left to the machine.
    /// </remarks>
    public static void SampleParallel<T>(
        this Gen<T> initial, GenOperation<T>[] operations, Func<T, T, bool>? equal = null, string? seed = null,
        int maxSequentialOperations = 10, int maxParallelOperations = 5, long iter = -1, int time = -1, int threads = -1,
        Func<T, string>? print = null, int replay = -1, Action<string>? writeLine = null)
    {
        Gen<(string, Action<T>, Action<T>)> steps = GenOperation.AnyOf(operations).Select((name, action) => (name, action, action));
        var shape = new ParallelShape(maxSequentialOperations, maxParallelOperations, threads);
        new ParallelSearch<T, T, T>(initial, state => state, state => state, equal ?? Equal, print ?? Print, print ?? Print)
            .Run(steps, shape, seed, iter, time, replay, writeLine);
    }

    /// <summary>The same with a model: the actual thing is used from several threads, the orders are tried on the model.</summary>
    /// <inheritdoc cref="SampleParallel{T}(Gen{T}, GenOperation{T}[], Func{T, T, bool}?, string?, int, int, long, int, int, Func{T, string}?, int, Action{string}?)" path="/remarks"/>
    public static void SampleParallel<Actual, Model>(
        this Gen<(Actual, Model)> initial, GenOperation<Actual, Model>[] operations, Func<Actual, Model, bool>? equal = null, string? seed = null,
        int maxSequentialOperations = 10, int maxParallelOperations = 5, long iter = -1, int time = -1, int threads = -1,
        Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null, int replay = -1, Action<string>? writeLine = null)
    {
        var shape = new ParallelShape(maxSequentialOperations, maxParallelOperations, threads);
        new ParallelSearch<(Actual, Model), Actual, Model>(
                initial, pair => pair.Item1, pair => pair.Item2, equal ?? ModelEqual, printActual ?? Print, printModel ?? Print)
            .Run(GenOperation.AnyOf(operations), shape, seed, iter, time, replay, writeLine);
    }
}
