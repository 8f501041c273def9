using System.Globalization;
using BenchmarkDotNet.Characteristics;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using Perfolizer.Mathematics.OutlierDetection;

namespace MemCore.Perf;

/// <summary>
/// Runs a benchmark for the bytes that its own thread allocates, to the byte. BenchmarkDotNet's engine counts for the whole process, with
/// what other threads and the collector do meanwhile, up to an allocation quantum of 8 KiB.
/// </summary>
internal sealed class AllocationEngine(EngineParameters parameters) : IEngine
{
    // What GcStats.Parse wants in front.
    private const string CountedLine = "// GC: ";
    private const int WarmUps = 2;
    private readonly List<Measurement> _measurements = [];
    private long _bytes; // of the last iteration

    public IHost Host => parameters.Host;

    public Job TargetJob => parameters.TargetJob;

    public long OperationsPerInvoke => parameters.OperationsPerInvoke;

    public Action GlobalSetupAction => parameters.GlobalSetupAction;

    public Action GlobalCleanupAction => parameters.GlobalCleanupAction;

    public Action<long> WorkloadAction => parameters.WorkloadActionNoUnroll;

    public Action<long> OverheadAction => parameters.OverheadActionNoUnroll;

    public IResolver Resolver => EngineResolver.Instance;

    /// <summary>The workload a few times to warm up, then once with its allocations counted.</summary>
    public RunResults Run()
    {
        long invocations = TargetJob.ResolveValue(RunMode.InvocationCountCharacteristic, Resolver);
        for (int i = 1; i <= WarmUps; i++) { _ = RunIteration(new IterationData(IterationMode.Workload, IterationStage.Warmup, i, invocations, 1)); }
        Measurement counted = RunIteration(new IterationData(IterationMode.Workload, IterationStage.Result, 1, invocations, 1));
        GcStats stats = GcStats.Parse(string.Create(CultureInfo.InvariantCulture, $"{CountedLine} 0 0 0 {_bytes} {counted.Operations}"));
        return new RunResults(_measurements, OutlierMode.DontRemove, stats, default, 0);
    }

    public Measurement RunIteration(IterationData data)
    {
        parameters.IterationSetupAction();
        long before = GC.GetAllocatedBytesForCurrentThread();
        WorkloadAction(data.InvokeCount);
        _bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        parameters.IterationCleanupAction();
        Measurement measurement = new(1, data.IterationMode, data.IterationStage, data.Index, data.InvokeCount * OperationsPerInvoke, 1);
        _measurements.Add(measurement);
        return measurement;
    }

    public void WriteLine() => Host.WriteLine();

    public void WriteLine(string line) => Host.WriteLine(line);

    public void Dispose() => GlobalCleanupAction();

    /// <summary>Makes the engine of each benchmark, set up.</summary>
    public sealed class Factory : IEngineFactory
    {
        public IEngine CreateReadyToRun(EngineParameters engineParameters)
        {
            engineParameters.GlobalSetupAction();
            return new AllocationEngine(engineParameters);
        }
    }
}
