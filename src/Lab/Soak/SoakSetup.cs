using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using MemCore.Allocation;
using MemCore.Engine;
using MemCore.Frames;
using MemCore.Lab.Host;
using MemCore.Lru;
using MemCore.Mapping;
using MemCore.Native;
using MemCore.Primitives;
using MemCore.Waiting;

namespace MemCore.Lab.Soak;

/// <summary>Reads the host, sizes the machine to the memory there is, and fills it.</summary>
internal static class SoakSetup
{
    private const int FreeFramesLeast = 1024;
    private const int FramesLeast = 1 << FrameTable.MaxOrder;

    /// <summary>CPUs that the run uses, in order; refuses numbers that the process may not use.</summary>
    public static bool TryCores(SoakOptions options, out IReadOnlyList<int> cores, [NotNullWhen(false)] out SetupError? error)
    {
        int[] allowed = [.. CpuTopology.Current.Cpus.Select(c => c.Id)];
        int[] foreign = [.. (options.Cpus ?? []).Except(allowed)];
        cores = options.Cpus ?? allowed;
        error = foreign.Length == 0 ? null
            : SetupError.Environment($"--cpus: CPU {CpuList.Format(foreign)} is absent or not allowed here (allowed: {CpuList.Format(allowed)})");
        return error is null;
    }

    /// <summary>Builds the world. False: one line says why not.</summary>
    public static bool TryBuild(
        SoakOptions options, int cpus, int tasks, SoakReporter reporter, [NotNullWhen(true)] out SoakWorld? world, [NotNullWhen(false)] out SetupError? error)
    {
        world = null;
        string source = options.Host ?? RecordedHost.DefaultPath;
        int frames = options.Frames == 0 && source == HostSource.Synthetic ? HostSource.SyntheticFrames : options.Frames;
        if (options.Frames is > 0 and < FramesLeast)
        {
            error = SetupError.Usage($"--frames takes {FramesLeast} at least: a block of order {FrameTable.MaxOrder}");
            return false;
        }
        if (source == HostSource.Synthetic && !TrySize(options, frames, null, cpus, tasks, out _, out error)) { return false; }
        long began = Stopwatch.GetTimestamp();
        if (!HostSource.TryRead(source, options.Seed, frames, out HostMap? map, out HostError? unreadable))
        {
            error = new SetupError(unreadable.ExitCode, unreadable.Message);
            return false;
        }
        int tableFrames = HostImporter.TableFrames(map);
        if (!TrySize(options, tableFrames, map, cpus, tasks, out MachineOptions? sizes, out error)) { return false; }
        try
        {
            Machine machine = new(sizes);
            HostBits bits = new(machine.Arena, tableFrames);
            ImportedHost imported = HostImporter.Import(map, machine, bits, new ImportOptions(options.DeferredFree));
            imported.HandTo(machine.Allocator);
            machine.TagNodesAtRest(options.Nodes);
            imported.ListOn(machine.Lru, machine.Frames);
            double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            if (machine.Allocator.FreeFramesAtRest() < FreeFramesLeast)
            {
                error = SetupError.Usage($"{map.Source} has {machine.Allocator.FreeFramesAtRest()} free frames; the workloads need {FreeFramesLeast} at least");
                machine.Dispose();
                return false;
            }
            HostSummary summary = new(map.Source, tableFrames, seconds, Describe(imported));
            Prefault(machine, imported.Tally.FreeRuns);
            world = new SoakWorld(machine, options, summary, reporter) { State = new FinalState(machine, bits, map.Zones, map.Frames) };
        }
        catch (ArgumentException e)
        {
            error = SetupError.Environment($"the machine cannot be built so large: {e.Message}");
            return false;
        }
        catch (InsufficientMemoryException e)
        {
            error = SetupError.Environment($"{e.Message}; use fewer --frames or a smaller --frame-bytes");
            return false;
        }
        return true;
    }

    private static bool TrySize(
        SoakOptions options, int frames, HostMap? map, int cpus, int tasks, [NotNullWhen(true)] out MachineOptions? sizes, [NotNullWhen(false)] out SetupError? error)
    {
        AvailableMemory memory = AvailableMemory.Read();
        int bytes = options.FrameBytes;
        bool fits = bytes == 0
            ? HostMemory.TryFrameBytesDefault(frames, memory, out bytes, out HostError? refusal)
            : HostMemory.TryFit(frames, bytes, memory, out refusal);
        error = fits ? null : new SetupError(refusal!.ExitCode, refusal.Message);
        MappingOptions running = SoakWorld.MappingFor(tasks);
        sizes = !fits ? null : new MachineOptions
        {
            Frames = frames,
            Cpus = cpus,
            Tasks = tasks,
            FrameBytes = bytes,
            Lru = new LruOptions { Nodes = Math.Max(options.Nodes, map?.Zones.Nodes ?? 1) },
            Policy = options.Policy.Migration,
            Waiting = options.Policy.Waiting,
            Allocator = options.Policy.Allocator(checks: true),
            Mapping = map is null ? running : MappingNeeds.Of(map).AddTo(running),
            ExtraBytes = SoakWorld.BytesFor(frames, tasks),
        };
        return fits;
    }

    // Memory behind the frames that are free, or that migration may free, is there from the start, so that what grows later is a leak.
    private static void Prefault(Machine machine, IReadOnlyList<FreeRun> runs)
    {
        int apart = Math.Max(1, Environment.SystemPageSize / machine.Memory.FrameBytes);
        Parallel.ForEach(runs, run =>
        {
            for (int pfn = run.Start; pfn < run.End; pfn += apart) { Touch(machine, pfn); }
            Touch(machine, run.End - 1);
        });
        Parallel.For(0, machine.Allocator.Blocks, block =>
        {
            int start = block * machine.Allocator.BlockFrames;
            int end = Math.Min(start + machine.Allocator.BlockFrames, machine.Frames.Frames);
            for (int pfn = start; pfn < end; pfn++)
            {
                if (BlockCensus.CanMove(machine, pfn)) { Touch(machine, pfn); }
            }
        });
    }

    private static void Touch(Machine machine, int pfn)
    {
        ref long word = ref machine.Memory.Word(new Pfn(pfn), 0);
        Atomic.PlainStore(ref word, Atomic.PlainLoad(ref word));
    }

    private static List<string> Describe(ImportedHost imported) =>
    [
        $"{imported.InUse:N0} frames in use, {imported.Free:N0} free, {imported.Holes:N0} holes, {imported.Absent:N0} not initialised",
        .. imported.Map.Notes,
    ];
}
