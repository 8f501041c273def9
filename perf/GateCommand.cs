using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MemCore.Perf.Growth;

namespace MemCore.Perf;

/// <summary>The allocation gate: every benchmark runs briefly, and none may allocate a managed byte per operation.</summary>
internal static class GateCommand
{
    private const int Done = 0;
    private const int UsageError = 2;
    private const int LimitExceeded = 7;

    private const int Invocations = 4096;
    private const int QuickInvocations = 1024;
    private const string Usage = "usage: gate [--only CLASS,CLASS] [--quick]";

    public static int Run(string[] args) => Run(args, Classes(typeof(GateCommand).Assembly), Console.Out, Console.Error);

    /// <summary>The public classes of an assembly that have benchmarks.</summary>
    public static IReadOnlyList<Type> Classes(Assembly assembly) =>
        [.. assembly.GetExportedTypes().Where(t => t.GetMethods().Any(m => m.GetCustomAttribute<BenchmarkAttribute>() is not null)).OrderBy(t => t.Name, StringComparer.Ordinal)];

    public static int Run(string[] args, IReadOnlyList<Type> classes, TextWriter results, TextWriter progress)
    {
        ModeArguments arguments = new(args);
        string[] names = [.. classes.Select(c => c.Name)];
        string[] chosen = names;
        int invocations = Invocations;
        while (arguments.Next())
        {
            switch (arguments.Current)
            {
                case "--only": chosen = arguments.Names(names); break;
                case "--quick": invocations = QuickInvocations; break;
                default: arguments.Unknown(); break;
            }
        }
        if (arguments.Error.Length != 0)
        {
            progress.WriteLine($"{arguments.Error}; {Usage}");
            return UsageError;
        }
        return Judge([.. classes.Where(c => chosen.Contains(c.Name))], invocations, results, progress);
    }

    private static int Judge(IReadOnlyList<Type> classes, int invocations, TextWriter results, TextWriter progress)
    {
        int benchmarks = 0;
        int failed = 0;
        results.WriteLine("| benchmark | B/op | bytes in all | operations |");
        results.WriteLine("|---|---|---|---|");
        foreach (Type type in classes)
        {
            progress.WriteLine(type.Name);
            foreach (Allocations row in Measure(type, invocations))
            {
                results.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {row.Benchmark} | {row.PerOperation} | {row.All} | {row.Operations} |"));
                benchmarks++;
                failed += row.IsClean ? 0 : 1;
            }
        }
        bool passes = failed == 0 && benchmarks != 0;
        results.WriteLine($"\n{benchmarks} benchmarks, {failed} of them allocate or did not run: {(passes ? "pass" : "FAIL")}");
        return passes ? Done : LimitExceeded;
    }

    private static Allocations[] Measure(Type type, int invocations)
    {
        Summary summary = BenchmarkRunner.Run(type, ConfigOf(invocations));
        return [.. summary.BenchmarksCases.Select(c => Allocations.Of(c, summary[c]))];
    }

    private static ManualConfig ConfigOf(int invocations)
    {
        Job job = Job.Dry.WithToolchain(InProcessEmitToolchain.Instance).WithEngineFactory(new AllocationEngine.Factory())
            .WithInvocationCount(invocations).WithUnrollFactor(1).WithId("Gate");
        return ManualConfig.CreateEmpty().AddJob(job).AddColumnProvider(DefaultColumnProviders.Instance).AddLogger(NullLogger.Instance)
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "memcore-gate"));
    }

    /// <summary>What one benchmark allocated. Nothing is known of one that did not run: that is not clean.</summary>
    private sealed record Allocations(string Benchmark, long? PerOperation, long? All, long Operations)
    {
        public bool IsClean => All == 0;

        public static Allocations Of(BenchmarkCase benchmark, BenchmarkReport? report)
        {
            string name = benchmark.HasParameters ? $"{benchmark.Descriptor.DisplayInfo} {benchmark.Parameters.DisplayInfo}" : benchmark.Descriptor.DisplayInfo;
            return report?.ResultStatistics is null
                ? new Allocations(name, null, null, 0)
                : new Allocations(name, report.GcStats.GetBytesAllocatedPerOperation(benchmark),
                    report.GcStats.GetTotalAllocatedBytes(excludeAllocationQuantumSideEffects: false), report.GcStats.TotalOperations);
        }
    }
}
