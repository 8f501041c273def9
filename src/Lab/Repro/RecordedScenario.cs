using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Exploration;
using MemCore.Lab.Scenarios;
using MemCore.Primitives;

namespace MemCore.Lab.Repro;

/// <summary>What a soak's workers did last, as a scenario. In no catalogue: its variant's name is the program itself, so a schedule string needs no file.</summary>
internal sealed class RecordedScenario : Scenario
{
    public const string Name = "recorded";

    private RecordedScenario(Variant variant) => Variants = [variant];

    public override string Slug => Name;

    public override string Question => "Do the last operations of the workers show what the soak found?";

    public override string Origin => "a finding of a soak";

    public override IReadOnlyList<Variant> Variants { get; }

    public override bool IsListed => false;

    /// <summary>The scenario of a program. False: its policy is not known to this build; one line says so.</summary>
    public static bool TryMake(RecordedProgram program, PlantedBug planted, [NotNullWhen(true)] out RecordedScenario? scenario, out string error)
    {
        scenario = null;
        Protocol? protocol = new();
        error = string.Empty;
        if (program.Policy is { } policy && !ProtocolCatalogue.TryFind(policy, out protocol, out error)) { return false; }
        scenario = new RecordedScenario(new Variant
        {
            Slug = program.ToString(),
            Id = Name,
            Because = "the last operations before a finding",
            Planted = planted,
            Build = settings => new RecordedMachine(program, protocol!, settings),
        });
        return true;
    }

    /// <summary>The variant that a schedule string names. False: it is no program of this build; one line says why.</summary>
    public static bool TryFind(Schedule schedule, PlantedBug planted, [NotNullWhen(true)] out Variant? variant, out string error)
    {
        variant = null;
        if (!RecordedProgram.TryParse(schedule.Variant, out RecordedProgram? program, out error) || !TryMake(program, planted, out RecordedScenario? scenario, out error)) { return false; }
        variant = scenario.Variants[0];
        return true;
    }
}
