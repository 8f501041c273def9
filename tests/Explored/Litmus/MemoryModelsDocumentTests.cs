using System.Text;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Litmus;

/// <summary>MEMORY-MODELS.md says what each mode shows of each litmus test: generated from explorations, compared here.</summary>
public class MemoryModelsDocumentTests
{
    private const string Begin = "<!-- litmus: begin -->";
    private const string End = "<!-- litmus: end -->";

    [Fact]
    public void TableSaysWhatExplorationsShow()
    {
        string text = File.ReadAllText(DocumentPath).ReplaceLineEndings("\n");
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, StringComparison.Ordinal);
        string expected = Table().Trim();
        if (text[begin..end].Trim() == expected) { return; }
        if (Environment.GetEnvironmentVariable("MEMCORE_WRITE_DOCS") == "1") { File.WriteAllText(DocumentPath, $"{text[..begin]}\n{expected}\n{text[end..]}"); }
        Assert.Fail($"src/Lab/MEMORY-MODELS.md is not current: run this test once with MEMCORE_WRITE_DOCS=1. Expected:\n{expected}");
    }

    private static string Table()
    {
        StringBuilder table = new("| litmus test | tasks | asked for | sc | tso | races | a weaker machine |\n|---|---|---|---|---|---|---|\n");
        foreach (Litmus litmus in LitmusCatalogue.All)
        {
            ExplorationOptions options = new() { Strategy = Strategy.States, PlainPoints = true };
            string sc = Shows(litmus, options);
            string tso = Shows(litmus, options with { Memory = MemoryModel.Tso });
            litmus.Program.Explore(options with { Races = true }, out ExplorationResult raced);
            string races = raced.Found.Any() ? "**race**" : "none";
            string program = litmus.Program.ToString().Replace(" | ", "` <br> `", StringComparison.Ordinal);
            table.Append($"| {litmus.Name} | `{program}` | `{litmus.Asked}` | {sc} | {tso} | {races} | {litmus.Elsewhere} |\n");
        }
        return table.ToString();
    }

    private static string Shows(Litmus litmus, ExplorationOptions options)
    {
        IReadOnlySet<string> outcomes = litmus.Program.Explore(options, out _);
        return outcomes.Contains(litmus.Asked) ? $"**shown**, {outcomes.Count} outcomes" : $"never, {outcomes.Count} outcomes";
    }

    private static string DocumentPath
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MemCore.sln"))) { folder = folder.Parent; }
            return Path.Combine(folder!.FullName, "src", "Lab", "MEMORY-MODELS.md");
        }
    }
}
