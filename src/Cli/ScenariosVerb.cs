using System.CommandLine;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Cli;

/// <summary>memcore scenarios: the questions, their variants, and what each must never and must sometimes show.</summary>
internal static class ScenariosVerb
{
    public static Command Create()
    {
        Option<bool> json = new("--json") { Description = "one record per variant, schema memcore.scenario/1" };
        Command command = new("scenarios", "Lists scenarios and variants with what each must never and must sometimes show.") { json };
        command.SetAction(parsed => Print(parsed.GetValue(json)));
        return command;
    }

    private static int Print(bool json)
    {
        foreach (Scenario scenario in ScenarioCatalogue.All)
        {
            if (!json) { Console.WriteLine($"{scenario.Slug}: {scenario.Question}"); }
            foreach (Variant variant in scenario.Variants)
            {
                if (json)
                {
                    Console.WriteLine(VerdictText.Json(scenario, variant));
                    continue;
                }
                string plant = variant.Planted == PlantedBug.None ? string.Empty : ", mistake planted";
                string off = variant.SometimesUnchecked is { } kinds ? $"; with the checks off {Promise(kinds)}" : string.Empty;
                Console.WriteLine($"  {variant.Id,-6} {variant.Slug,-26} {variant.Status,-10} {Promise(variant.Sometimes)}{off}{plant}: {variant.Because}");
            }
            if (!json) { Console.WriteLine(); }
        }
        return ExitCode.Done;
    }

    private static string Promise(IReadOnlyList<ViolationKind> kinds) => kinds.Count == 0 ? "never any violation" : $"sometimes {string.Join(" or ", kinds)}";
}
