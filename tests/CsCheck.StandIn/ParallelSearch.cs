namespace CsCheck;

/// <summary>How large a parallel case may be.</summary>
internal readonly record struct ParallelShape(int MaxSequential, int MaxParallel, int Threads);

/// <summary>Searches for a case whose final state no order of its steps explains.</summary>
internal sealed class ParallelSearch<TInitial, TActual, TModel>(
    Gen<TInitial> initial, Func<TInitial, TActual> actualOf, Func<TInitial, TModel> modelOf,
    Func<TActual, TModel, bool> equal, Func<TActual, string> printActual, Func<TModel, string> printModel)
{
    public void Run(
        Gen<(string, Action<TActual>, Action<TModel>)> steps, ParallelShape shape, string? seed, long iter, int time, int replay, Action<string>? writeLine)
    {
        (seed, int[]? assigned) = Split(seed ?? Check.Seed);
        int tries = Math.Max(1, replay < 0 ? Check.Replay : replay);
        int threads = shape.Threads < 0 ? Check.Threads : shape.Threads;
        var cases = ParallelCase<TInitial, TActual, TModel>.Of(initial, steps, shape.MaxSequential, shape.MaxParallel, threads);
        var search = new Search<ParallelCase<TInitial, TActual, TModel>>(cases, run => Holds(run, run.Start.First, null));
        search.Run(seed, iter, time, threads: 1, run =>
        {
            int[]? fitting = assigned is not null && assigned.Length == run.ParallelNames.Count() ? assigned : null;
            bool holds = Holds(run, run.Start.First, fitting);
            for (int i = 1; i < tries && holds; i++) { holds = Holds(run, run.Start.Again(), fitting); }
            return holds;
        });
        search.Report(Print, writeLine, run => "[" + string.Join(',', run.ThreadIds) + "]");
    }

    private static (string? Seed, int[]? Assigned) Split(string? seed)
    {
        int bracket = seed?.IndexOf('[') ?? -1;
        if (bracket < 0) { return (seed, null); }
        string[] ids = seed![(bracket + 1)..].TrimEnd(']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        int[] assigned = new int[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            if (!int.TryParse(ids[i], out assigned[i]) || assigned[i] is < 0 or > 63) { throw new CsCheckException($"not a seed: \"{seed}\""); }
        }
        return (seed[..bracket], assigned.Length == 0 ? null : assigned);
    }

    private bool Holds(ParallelCase<TInitial, TActual, TModel> run, TInitial start, int[]? assigned)
    {
        TActual actual = actualOf(start);
        run.Run(actual, assigned);
        foreach (int[] order in run.Orders())
        {
            TModel model = modelOf(run.Start.Again());
            run.Linearize(model, order);
            if (equal(actual, model)) { return true; }
        }
        return false;
    }

    private string Print(ParallelCase<TInitial, TActual, TModel> run)
    {
        string[] names = [.. run.ParallelNames];
        var lines = new List<string>
        {
            $"Initial state:         {printActual(actualOf(run.Start.Again()))}",
            $"Sequential operations: {Check.Print(run.SequentialNames)}",
            $"Parallel operations:   {Check.Print(names)}",
            $"On threads:            {Check.Print(run.ThreadIds)}",
            $"Final state:           {printActual(run.Final)}",
            "Linearizations:",
        };
        foreach (int[] order in run.Orders())
        {
            TModel model = modelOf(run.Start.Again());
            string result;
            try
            {
                run.Linearize(model, order);
                result = printModel(model);
            }
#pragma warning disable CA1031 // The report goes on; what was thrown is part of it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                result = exception.Message;
            }
            lines.Add($"  {Check.Print(order.Select(step => names[step]))} -> {result}");
        }
        return string.Join(Environment.NewLine, lines);
    }
}
