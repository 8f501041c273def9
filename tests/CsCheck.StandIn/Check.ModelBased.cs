namespace CsCheck;

public static partial class Check
{
    /// <summary>Does the same random steps to the actual thing and to its model; they must be equal at the start and after every step.</summary>
    public static void SampleModelBased<Actual, Model>(
        this Gen<(Actual, Model)> initial, GenOperation<Actual, Model>[] operations,
        Func<Actual, Model, bool>? equal = null, string? seed = null, long iter = -1, int time = -1, int threads = -1,
        Func<Actual, string>? printActual = null, Func<Model, string>? printModel = null, Action<string>? writeLine = null)
    {
        equal ??= ModelEqual;
        printActual ??= Print;
        printModel ??= Print;
        Gen<(string Name, Action<Actual> OnActual, Action<Model> OnModel)[]> steps = GenOperation.AnyOf(operations).Array;
        var search = new Search<(Initial<(Actual, Model)> Start, (string Name, Action<Actual> OnActual, Action<Model> OnModel)[] Steps)>(
            Gen.Select(Initial<(Actual, Model)>.Of(initial), steps),
            run =>
            {
                (Actual actual, Model model) = run.Start.First;
                if (!equal(actual, model)) { return false; }
                foreach ((string _, Action<Actual> onActual, Action<Model> onModel) in run.Steps)
                {
                    onActual(actual);
                    onModel(model);
                    if (!equal(actual, model)) { return false; }
                }
                return true;
            });
        search.Run(seed, iter, time, threads);
        search.Report(
            run =>
            {
                (Actual actual, Model model) = run.Start.Again();
                return $"Initial actual: {printActual(actual)}{Environment.NewLine}Initial model:  {printModel(model)}{Environment.NewLine}"
                    + $"Operations:     {Print(run.Steps.Select(step => step.Name))}{Environment.NewLine}"
                    + $"Final actual:   {printActual(run.Start.First.Item1)}{Environment.NewLine}Final model:    {printModel(run.Start.First.Item2)}";
            },
            writeLine);
    }

    /// <summary>Does one random step in two forms to two identical states; they must end up equal.</summary>
    public static void SampleMetamorphic<T>(
        this Gen<T> initial, GenMetamorphic<T> operations, Func<T, T, bool>? equal = null, string? seed = null,
        long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null, Action<string>? writeLine = null)
    {
        equal ??= ModelEqual;
        print ??= Print;
        var search = new Search<(Initial<T> Start, T Second, (string Name, Action<T> OnFirst, Action<T> OnSecond) Step)>(
            Gen.Select(Initial<T>.Of(initial), operations).Select((start, step) => (start, start.Again(), step)),
            run =>
            {
                run.Step.OnFirst(run.Start.First);
                run.Step.OnSecond(run.Second);
                return equal(run.Start.First, run.Second);
            });
        search.Run(seed, iter, time, threads);
        search.Report(
            run => $"Initial state: {print(run.Start.Again())}{Environment.NewLine}Operation:     {run.Step.Name}{Environment.NewLine}"
                + $"Final state 1: {print(run.Start.First)}{Environment.NewLine}Final state 2: {print(run.Second)}",
            writeLine);
    }
}
