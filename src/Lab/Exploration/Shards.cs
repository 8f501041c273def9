using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Parts of a depth-first search that need nothing of each other, and what they make together.</summary>
/// <remarks>
/// The second decision of a path that is not the first option of its node begins a unit, and units are dealt out by a hash of the path to
/// there. Runs that come to no unit are performed by every part and noted by the first. Stored states end runs inside of units only: those
/// of a part are then searched to their end by this part alone.
/// </remarks>
internal static class Shards
{
    /// <summary>Decisions that turn from the first option, the last of which begins a unit.</summary>
    public const int SharedTurns = 2;

    /// <summary>True when the unit that begins with <paramref name="option"/> after the path is of this part. The same in every process.</summary>
    public static bool Has(Shard shard, ReadOnlySpan<short> path, int option)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (short decision in path) { hash = (hash ^ (ushort)decision) * 0x100000001B3; }
        hash = (hash ^ (uint)option) * 0x9E3779B97F4A7C15;
        return (hash >> 32) % (ulong)shard.Count == (ulong)(shard.Index - 1);
    }

    /// <summary>What the parts of one exploration say together: complete when each of them is.</summary>
    /// <param name="parts">One result of each part, of the same model and the same options.</param>
    public static ExplorationResult Merge(IReadOnlyList<ExplorationResult> parts)
    {
        ExplorationResult least = parts.MinBy(part => part.Bound ?? int.MaxValue)!;
        SearchCounts counts = new() { Fraction = parts.Average(part => part.Counts.Fraction) };
        foreach (ExplorationResult part in parts)
        {
            counts.Executions += part.Counts.Executions;
            counts.Pruned += part.Counts.Pruned;
            counts.CutOff += part.Counts.CutOff;
            counts.Blocked += part.Counts.Blocked;
            counts.Steps += part.Counts.Steps;
            counts.States += part.Counts.States;
            counts.LongestRun = Math.Max(counts.LongestRun, part.Counts.LongestRun);
            foreach ((ViolationKind kind, Found found) in part.Counts.Found)
            {
                counts.Found.TryAdd(kind, new Found(kind));
                counts.Found[kind].Add(found);
            }
        }
        return new ExplorationResult(parts.All(part => part.Complete), Whole(least.Space), least.Bound, counts, parts.Max(part => part.Seconds))
        {
            Beyond = [.. parts.SelectMany(part => part.Beyond).Distinct()],
            ExecutionsInAll = parts.Sum(part => part.ExecutionsInAll),
            StepsInAll = parts.Sum(part => part.StepsInAll),
            Besides = least.Besides,
        };
    }

    private static string Whole(string space) => space.IndexOf(" part ", StringComparison.Ordinal) is >= 0 and int at ? space[..at] : space;
}
