namespace CsCheck;

// The forms with one to six operations; each hands over to the form that takes an array.
public static partial class Check
{
    public static void SampleModelBased<Actual, Model>(
        this Gen<(Actual, Model)> initial, GenOperation<Actual, Model> operation,
        Func<Actual, Model, bool>? equal = null, string? seed = null, long iter = -1, int time = -1, int threads = -1,
        Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null, Action<string>? writeLine = null) =>
        SampleModelBased(initial, [operation], equal, seed, iter, time, threads, printActual, printModel, writeLine);

    public static void SampleParallel<T>(
        this Gen<T> initial, GenOperation<T> operation,
        Func<T, T, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null, int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation], equal, seed, maxSequentialOperations, maxParallelOperations, iter, time, threads, print, replay, writeLine);

    public static void SampleParallel<Actual, Model>(
        this Gen<(Actual, Model)> initial, GenOperation<Actual, Model> operation,
        Func<Actual, Model, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null,
        int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation], equal, seed, maxSequentialOperations, maxParallelOperations,
            iter, time, threads, printActual, printModel, replay, writeLine);

    public static void SampleModelBased<Actual, Model>(
        this Gen<(Actual, Model)> initial, GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2,
        Func<Actual, Model, bool>? equal = null, string? seed = null, long iter = -1, int time = -1, int threads = -1,
        Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null, Action<string>? writeLine = null) =>
        SampleModelBased(initial, [operation1, operation2], equal, seed, iter, time, threads, printActual, printModel, writeLine);

    public static void SampleParallel<T>(
        this Gen<T> initial, GenOperation<T> operation1, GenOperation<T> operation2,
        Func<T, T, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null, int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2], equal, seed, maxSequentialOperations, maxParallelOperations, iter, time, threads, print, replay, writeLine);

    public static void SampleParallel<Actual, Model>(
        this Gen<(Actual, Model)> initial, GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2,
        Func<Actual, Model, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null,
        int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2], equal, seed, maxSequentialOperations, maxParallelOperations,
            iter, time, threads, printActual, printModel, replay, writeLine);

    public static void SampleModelBased<Actual, Model>(
        this Gen<(Actual, Model)> initial,
        GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2, GenOperation<Actual, Model> operation3,
        Func<Actual, Model, bool>? equal = null, string? seed = null, long iter = -1, int time = -1, int threads = -1,
        Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null, Action<string>? writeLine = null) =>
        SampleModelBased(initial, [operation1, operation2, operation3], equal, seed, iter, time, threads, printActual, printModel, writeLine);

    public static void SampleParallel<T>(
        this Gen<T> initial, GenOperation<T> operation1, GenOperation<T> operation2, GenOperation<T> operation3,
        Func<T, T, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null, int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2, operation3], equal, seed, maxSequentialOperations, maxParallelOperations, iter, time, threads, print, replay, writeLine);

    public static void SampleParallel<Actual, Model>(
        this Gen<(Actual, Model)> initial,
        GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2, GenOperation<Actual, Model> operation3,
        Func<Actual, Model, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null,
        int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2, operation3], equal, seed, maxSequentialOperations, maxParallelOperations,
            iter, time, threads, printActual, printModel, replay, writeLine);

    public static void SampleModelBased<Actual, Model>(
        this Gen<(Actual, Model)> initial,
        GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2, GenOperation<Actual, Model> operation3,
        GenOperation<Actual, Model> operation4,
        Func<Actual, Model, bool>? equal = null, string? seed = null, long iter = -1, int time = -1, int threads = -1,
        Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null, Action<string>? writeLine = null) =>
        SampleModelBased(initial, [operation1, operation2, operation3, operation4], equal, seed, iter, time, threads, printActual, printModel, writeLine);

    public static void SampleParallel<T>(
        this Gen<T> initial, GenOperation<T> operation1, GenOperation<T> operation2, GenOperation<T> operation3, GenOperation<T> operation4,
        Func<T, T, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null, int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2, operation3, operation4], equal, seed, maxSequentialOperations, maxParallelOperations, iter, time, threads, print, replay, writeLine);

    public static void SampleParallel<Actual, Model>(
        this Gen<(Actual, Model)> initial,
        GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2, GenOperation<Actual, Model> operation3,
        GenOperation<Actual, Model> operation4,
        Func<Actual, Model, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null,
        int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2, operation3, operation4], equal, seed, maxSequentialOperations, maxParallelOperations,
            iter, time, threads, printActual, printModel, replay, writeLine);

    public static void SampleModelBased<Actual, Model>(
        this Gen<(Actual, Model)> initial,
        GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2, GenOperation<Actual, Model> operation3,
        GenOperation<Actual, Model> operation4, GenOperation<Actual, Model> operation5,
        Func<Actual, Model, bool>? equal = null, string? seed = null, long iter = -1, int time = -1, int threads = -1,
        Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null, Action<string>? writeLine = null) =>
        SampleModelBased(initial, [operation1, operation2, operation3, operation4, operation5], equal, seed, iter, time, threads, printActual, printModel, writeLine);

    public static void SampleParallel<T>(
        this Gen<T> initial,
        GenOperation<T> operation1, GenOperation<T> operation2, GenOperation<T> operation3,
        GenOperation<T> operation4, GenOperation<T> operation5,
        Func<T, T, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null, int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2, operation3, operation4, operation5], equal, seed, maxSequentialOperations, maxParallelOperations, iter, time, threads, print, replay, writeLine);

    public static void SampleParallel<Actual, Model>(
        this Gen<(Actual, Model)> initial,
        GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2, GenOperation<Actual, Model> operation3,
        GenOperation<Actual, Model> operation4, GenOperation<Actual, Model> operation5,
        Func<Actual, Model, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null,
        int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2, operation3, operation4, operation5], equal, seed, maxSequentialOperations, maxParallelOperations,
            iter, time, threads, printActual, printModel, replay, writeLine);

    public static void SampleModelBased<Actual, Model>(
        this Gen<(Actual, Model)> initial,
        GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2, GenOperation<Actual, Model> operation3,
        GenOperation<Actual, Model> operation4, GenOperation<Actual, Model> operation5, GenOperation<Actual, Model> operation6,
        Func<Actual, Model, bool>? equal = null, string? seed = null, long iter = -1, int time = -1, int threads = -1,
        Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null, Action<string>? writeLine = null) =>
        SampleModelBased(initial, [operation1, operation2, operation3, operation4, operation5, operation6], equal, seed, iter, time, threads, printActual, printModel, writeLine);

    public static void SampleParallel<T>(
        this Gen<T> initial,
        GenOperation<T> operation1, GenOperation<T> operation2, GenOperation<T> operation3,
        GenOperation<T> operation4, GenOperation<T> operation5, GenOperation<T> operation6,
        Func<T, T, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null, int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2, operation3, operation4, operation5, operation6], equal, seed, maxSequentialOperations, maxParallelOperations, iter, time, threads, print, replay, writeLine);

    public static void SampleParallel<Actual, Model>(
        this Gen<(Actual, Model)> initial,
        GenOperation<Actual, Model> operation1, GenOperation<Actual, Model> operation2, GenOperation<Actual, Model> operation3,
        GenOperation<Actual, Model> operation4, GenOperation<Actual, Model> operation5, GenOperation<Actual, Model> operation6,
        Func<Actual, Model, bool>? equal = null, string? seed = null, int maxSequentialOperations = 10, int maxParallelOperations = 5,
        long iter = -1, int time = -1, int threads = -1, Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null,
        int replay = -1, Action<string>? writeLine = null) =>
        SampleParallel(
            initial, [operation1, operation2, operation3, operation4, operation5, operation6], equal, seed, maxSequentialOperations, maxParallelOperations,
            iter, time, threads, printActual, printModel, replay, writeLine);
}
