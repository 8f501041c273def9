using System.Reflection;
using BenchmarkDotNet.Attributes;
using MemCore.Perf;

namespace MemCore.Tests.Perf;

/// <summary>The benchmarks run on tiny inputs, and what they measure allocates nothing.</summary>
public sealed class BenchmarkTests
{
    private const int Frames = 1 << 13;
    private const int WarmCalls = 64;
    private const int MeasuredCalls = 64;

    [Theory]
    [InlineData(typeof(FolioLockBenchmarks), 5)]
    [InlineData(typeof(FolioRefBenchmarks), 4)]
    [InlineData(typeof(AllocatorBenchmarks), 9)]
    [InlineData(typeof(AllocatorOrderBenchmarks), 3)]
    [InlineData(typeof(FlagsWordBenchmarks), 6)]
    [InlineData(typeof(MapCountBenchmarks), 4)]
    [InlineData(typeof(WaitTableBenchmarks), 5)]
    [InlineData(typeof(CpuBatchBenchmarks), 5)]
    [InlineData(typeof(LruBenchmarks), 4)]
    [InlineData(typeof(PageTableBenchmarks), 6)]
    [InlineData(typeof(MigrationEntryBenchmarks), 3)]
    [InlineData(typeof(MigrateBenchmarks), 3)]
    public void EachBenchmarkRunsAndAllocatesNothing(Type type, int atLeast)
    {
        object benchmarks = Activator.CreateInstance(type)!;
        type.GetProperty("Frames")!.SetValue(benchmarks, Frames);
        Call<GlobalSetupAttribute>(benchmarks);
        Action[] bodies = [.. Methods<BenchmarkAttribute>(type).Select(m => Body(benchmarks, m))];
        Assert.True(bodies.Length >= atLeast, $"{type.Name} has {bodies.Length} benchmarks");
        foreach (Action body in bodies)
        {
            for (int i = 0; i < WarmCalls; i++) { body(); }
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < MeasuredCalls; i++) { body(); }
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Equal((body.Method.Name, 0L), (body.Method.Name, allocated));
        }
        Call<GlobalCleanupAttribute>(benchmarks);
    }

    [Fact]
    public void EachClassMeasuresMemoryAndHasOneBaseline()
    {
        IReadOnlyList<Type> classes = GateCommand.Classes(typeof(GateCommand).Assembly);
        Assert.True(classes.Count >= 12);
        foreach (Type type in classes)
        {
            Assert.NotNull(type.GetCustomAttribute<MemoryDiagnoserAttribute>());
            Assert.Single(Methods<BenchmarkAttribute>(type), m => m.GetCustomAttribute<BenchmarkAttribute>()!.Baseline);
        }
    }

    private static IEnumerable<MethodInfo> Methods<TAttribute>(Type type)
        where TAttribute : Attribute =>
        type.GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(m => m.GetCustomAttribute<TAttribute>() is not null);

    private static void Call<TAttribute>(object benchmarks)
        where TAttribute : Attribute => Assert.Single(Methods<TAttribute>(benchmarks.GetType())).Invoke(benchmarks, null);

    private static Action Body(object benchmarks, MethodInfo method)
    {
        if (method.ReturnType == typeof(void)) { return method.CreateDelegate<Action>(benchmarks); }
        Func<bool> body = method.CreateDelegate<Func<bool>>(benchmarks);
        return () => body();
    }
}
