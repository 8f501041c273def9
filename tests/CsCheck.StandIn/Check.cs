namespace CsCheck;

/// <summary>The checks. Defaults come from the environment and can be set for the process.</summary>
public static partial class Check
{
    public static long Iter = FromEnvironment("CsCheck_Iter", 100);
    public static int Time = (int)FromEnvironment("CsCheck_Time", -1);
    public static int Replay = (int)FromEnvironment("CsCheck_Replay", 100);
    public static int Threads = (int)FromEnvironment("CsCheck_Threads", Environment.ProcessorCount);
    public static string? Seed = Environment.GetEnvironmentVariable("CsCheck_Seed");
    public static int WhereLimit = (int)FromEnvironment("CsCheck_WhereLimit", 100);

    /// <summary>A longer printed case is cut here, in characters.</summary>
    internal const int PrintedMax = 5000;

    /// <summary>Runs the assertion over random cases; a throw is a failure, which is shrunk and thrown with its seed.</summary>
    public static void Sample<T>(
        this Gen<T> gen, Action<T> assert, Action<string>? writeLine = null,
        string? seed = null, long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null) =>
        Sample(
            gen,
            value =>
            {
                assert(value);
                return true;
            },
            writeLine, seed, iter, time, threads, print);

    /// <summary>The same with a predicate: false or a throw is a failure.</summary>
    public static void Sample<T>(
        this Gen<T> gen, Func<T, bool> predicate, Action<string>? writeLine = null,
        string? seed = null, long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null)
    {
        var search = new Search<T>(gen, predicate);
        search.Run(seed, iter, time, threads);
        search.Report(print ?? Print, writeLine);
    }

    /// <summary>The same, each case put into a named class; the table of classes is written at the end.</summary>
    public static void Sample<T>(
        this Gen<T> gen, Func<T, string> classify, Action<string> writeLine,
        string? seed = null, long iter = -1, int time = -1, int threads = -1, Func<T, string>? print = null)
    {
        var classes = new Classes();
        var search = new Search<T>(gen, value =>
        {
            long started = System.Diagnostics.Stopwatch.GetTimestamp();
            string name = classify(value);
            classes.Add(name, System.Diagnostics.Stopwatch.GetElapsedTime(started));
            return true;
        });
        search.Run(seed, iter, time, threads);
        search.Report(print ?? Print, writeLine);
        classes.Write(writeLine);
    }

    private static long FromEnvironment(string name, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), out long value) ? value : otherwise;
}
