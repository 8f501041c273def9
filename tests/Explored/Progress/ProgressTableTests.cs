using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using MemCore.Lab.Progress;

namespace MemCore.Tests.Progress;

/// <summary>What the engine's operations declare is what happens when tasks are stopped, and PROGRESS.md says it.</summary>
public class ProgressTableTests
{
    private const string Document = "src/Core/PROGRESS.md";
    private const string Begin = "<!-- progress: begin -->";
    private const string End = "<!-- progress: end -->";
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(60);

    private static readonly Lazy<IReadOnlyList<SweepResult>> s_sweeps = new(SweepAll);

    [Fact]
    public void EveryDeclarationIsWhatTheSweepSaw()
    {
        Assert.All(s_sweeps.Value, sweep => Assert.True(sweep.Complete));
        Assert.Empty(s_sweeps.Value.SelectMany(s => s.Failures));
        Assert.Empty(ProgressCatalogue.Together(s_sweeps.Value).Select(o => o.Mismatch()).OfType<string>());
    }

    [Fact]
    public void EveryOperationOfTheCatalogueDeclaresItsProgress() =>
        Assert.All(ProgressCatalogue.Together(s_sweeps.Value), o => Assert.NotNull(o.Declared));

    [Fact]
    public void TheTableIsCurrent()
    {
        string path = Path.Combine(Root(), Document);
        string text = File.ReadAllText(path).ReplaceLineEndings("\n");
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, StringComparison.Ordinal);
        string expected = ProgressCatalogue.Table(ProgressCatalogue.Together(s_sweeps.Value)).Trim();
        if (text[begin..end].Trim() == expected) { return; }
        if (Environment.GetEnvironmentVariable("MEMCORE_WRITE_DOCS") == "1") { File.WriteAllText(path, $"{text[..begin]}\n{expected}\n{text[end..]}"); }
        Assert.Fail($"{Document} is not current: run this test once with MEMCORE_WRITE_DOCS=1. Expected:\n{expected}");
    }

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));

    private static List<SweepResult> SweepAll()
    {
        Stopwatch clock = Stopwatch.StartNew();
        StringBuilder report = new();
        List<SweepResult> sweeps = [];
        foreach (CataloguedMachine machine in ProgressCatalogue.Machines)
        {
            TimeSpan began = clock.Elapsed;
            SweepResult sweep = ProgressCatalogue.Sweep(machine, () => clock.Elapsed > s_most);
            sweeps.Add(sweep);
            report.AppendLine($"{machine.Name}: {sweep.States} states, {sweep.Stops} stops, {sweep.Steps} steps, {(clock.Elapsed - began).TotalMilliseconds:F0} ms");
            foreach (string mismatch in sweep.Mismatches) { report.AppendLine($"   {mismatch}"); }
        }
        Console.WriteLine(report);
        return sweeps;
    }
}
