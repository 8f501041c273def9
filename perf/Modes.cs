using MemCore.Perf.Contention;
using MemCore.Perf.Growth;
using MemCore.Perf.Questions;

namespace MemCore.Perf;

/// <summary>The modes of the program that have a name; each gets the arguments after it.</summary>
internal static class Modes
{
    /// <summary>Null: there is no such mode.</summary>
    public static Func<string[], int>? Find(string name) => name switch
    {
        "growth" => GrowthCommand.Run,
        "contention" => ContentionCommand.Run,
        "gate" => GateCommand.Run,
        "questions" => QuestionsCommand.Run,
        _ => null,
    };
}
