using System.Globalization;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;

namespace MemCore.Cli;

/// <summary>A row to decide: a variant with its settings, and the part of its schedules when only a part is asked for.</summary>
internal sealed record ExploreRow(Scenario Scenario, Variant Variant, ModelSettings Settings, Shard? Shard = null);

/// <summary>Which rows a command line asks for.</summary>
internal static class ExploreRows
{
    /// <summary>The rows of the named scenarios and variants; of all when none is named. False: <paramref name="complaint"/> is one line.</summary>
    /// <param name="which">SCENARIO or SCENARIO/VARIANT, by slug or identifier.</param>
    /// <param name="checks">on, off, or null for the rows that each variant has.</param>
    /// <param name="actors">Tasks of the kind that scenarios multiply; null: their own number.</param>
    /// <param name="shard">i/n: of the schedules when one row is left, of the rows otherwise.</param>
    /// <param name="rows">In the order of the catalogue.</param>
    /// <param name="complaint">Empty on success.</param>
    public static bool TrySelect(string[] which, string? checks, int? actors, string? shard, out List<ExploreRow> rows, out string complaint)
    {
        rows = [];
        if (which.Length == 0) { which = [.. ScenarioCatalogue.All.Select(s => s.Slug)]; }
        foreach (string name in which)
        {
            if (!TryFind(name, out Scenario? scenario, out List<Variant> variants, out complaint)) { return false; }
            foreach (Variant variant in variants)
            {
                if (actors is not null && !Verdict.TakesActors(variant))
                {
                    complaint = $"--actors: {scenario!.Slug}/{variant.Slug} has its own number of actors";
                    return false;
                }
                IEnumerable<ModelSettings> settings = checks is null ? Verdict.RowsOf(variant) : [new ModelSettings(checks == "on")];
                rows.AddRange(settings.Select(s => new ExploreRow(scenario!, variant, s with { Actors = actors })));
            }
        }
        return TryCut(shard, ref rows, out complaint);
    }

    private static bool TryFind(string name, out Scenario? scenario, out List<Variant> variants, out string complaint)
    {
        variants = [];
        complaint = string.Empty;
        string[] parts = name.Split('/', 2);
        scenario = ScenarioCatalogue.Find(parts[0]);
        if (scenario is null)
        {
            complaint = $"there is no scenario \"{parts[0]}\" (there are {string.Join(", ", ScenarioCatalogue.All.Select(s => s.Slug))})";
            return false;
        }
        variants.AddRange(scenario.Variants.Where(v => parts.Length == 1 || v.Slug == parts[1] || v.Id == parts[1]));
        if (variants.Count > 0) { return true; }
        complaint = $"{scenario.Slug} has no variant \"{parts[1]}\" (it has {string.Join(", ", scenario.Variants.Select(v => v.Slug))})";
        return false;
    }

    private static bool TryCut(string? text, ref List<ExploreRow> rows, out string complaint)
    {
        complaint = string.Empty;
        if (text is null) { return true; }
        string[] parts = text.Split('/');
        if (parts.Length != 2 || !TryNumber(parts[0], out int part) || !TryNumber(parts[1], out int of) || part > of)
        {
            complaint = $"--shard takes i/n with 1 <= i <= n, not \"{text}\"";
            return false;
        }
        rows = rows.Count == 1 ? [rows[0] with { Shard = new Shard(part, of) }] : [.. rows.Where((_, i) => i % of == part - 1)];
        return true;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;
}
