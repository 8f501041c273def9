using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using MemCore.Perf;
using MemCore.Perf.Bars;
using MemCore.Primitives;

Seam.Settle();
if (args is [var mode, .. var rest] && Modes.Find(mode) is { } run) { return run(rest); }
if (args.FirstOrDefault() == BarsOptions.Verb || args.Contains(BarsOptions.QuickFlag)) { return BarsCommand.Run(args); }

// In this process: no second build, hence no restore either, and the engine that was built is the one that is measured.
Job job = Job.ShortRun.WithWarmupCount(6).WithToolchain(InProcessEmitToolchain.Instance).WithId("InProcess");
BenchmarkSwitcher.FromAssembly(typeof(AllocatorBenchmarks).Assembly).Run(args, DefaultConfig.Instance.AddJob(job));
return 0;
