using MemCore.Perf.Growth;

namespace MemCore.Perf.Questions;

/// <summary>What a questions run is asked for.</summary>
/// <param name="Json">Records on stdout instead of tables.</param>
/// <param name="Quick">Few rounds, to see that all of it runs: no figure to quote.</param>
internal sealed record QuestionOptions(bool Json, bool Quick)
{
    public const string Usage = "usage: questions [--json] [--quick]";

    public int Rounds => Quick ? 3 : 15;

    public int Slices => Quick ? 2 : 8;

    public static bool TryParse(string[] args, out QuestionOptions options, out string error)
    {
        options = new QuestionOptions(Json: false, Quick: false);
        ModeArguments arguments = new(args);
        while (arguments.Next())
        {
            switch (arguments.Current)
            {
                case "--json": options = options with { Json = true }; break;
                case "--quick": options = options with { Quick = true }; break;
                default: arguments.Unknown(); break;
            }
        }
        error = arguments.Error;
        return error.Length == 0;
    }
}
