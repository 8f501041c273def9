using System.Diagnostics.CodeAnalysis;

namespace MemCore.Lab.Scenarios;

/// <summary>Protocols by the names of their variants.</summary>
internal static class ProtocolCatalogue
{
    /// <summary>False: one line says why there is nothing to run on Metal.</summary>
    /// <param name="name">SCENARIO/VARIANT; the variant's slug or identifier.</param>
    /// <param name="protocol">Its policies.</param>
    /// <param name="complaint">Empty on success.</param>
    public static bool TryFind(string name, [NotNullWhen(true)] out Protocol? protocol, out string complaint)
    {
        protocol = null;
        string[] parts = name.Split('/', 2);
        Scenario[] able = [.. ScenarioCatalogue.All.Where(s => s.Variants.Any(v => v.Policy is not null))];
        if (ScenarioCatalogue.Find(parts[0]) is not { } scenario)
        {
            complaint = $"there is no scenario \"{parts[0]}\" (with policies there are {string.Join(", ", able.Select(s => s.Slug))})";
            return false;
        }
        Variant? variant = parts.Length == 1 ? null : scenario.Variants.FirstOrDefault(v => v.Slug == parts[1] || v.Id == parts[1]);
        string others = string.Join(", ", scenario.Variants.Where(v => v.Policy is not null).Select(v => v.Slug));
        if (others.Length == 0) { complaint = $"{scenario.Slug} is for the Explorer only: its variants are no policies (there are {string.Join(", ", able.Select(s => s.Slug))})"; }
        else if (parts.Length == 1) { complaint = $"which variant of {scenario.Slug}? ({others})"; }
        else if (variant is null) { complaint = $"{scenario.Slug} has no variant \"{parts[1]}\" (with policies it has {others})"; }
        else { complaint = variant.Policy is null ? $"{scenario.Slug}/{variant.Slug} runs in the Explorer only (with policies there are {others})" : string.Empty; }
        protocol = variant?.Policy;
        return complaint.Length == 0 && protocol is not null;
    }
}
