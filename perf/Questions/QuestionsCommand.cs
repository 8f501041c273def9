using System.Globalization;

namespace MemCore.Perf.Questions;

/// <summary>What the variants of the mailing-list questions cost, on the engine with their policies, by turns in one run.</summary>
internal static class QuestionsCommand
{
    private const int Done = 0;
    private const int UsageError = 2;

    public static int Run(string[] args) => Run(args, Console.Out, Console.Error);

    public static int Run(string[] args, TextWriter results, TextWriter progress)
    {
        if (!QuestionOptions.TryParse(args, out QuestionOptions options, out string error))
        {
            progress.WriteLine($"{error}; {QuestionOptions.Usage}");
            return UsageError;
        }
        progress.WriteLine($"repeat with: dotnet run -c Release --project perf -- questions {string.Join(' ', args)}");
        IReadOnlyList<Answer> frees = FreeQuestion.Measure(options);
        IReadOnlyList<Answer> faults = FaultQuestion.Measure(options, progress.WriteLine);
        if (options.Json)
        {
            foreach (Answer answer in frees.Concat(faults)) { results.WriteLine(answer.ToJson()); }
            return Done;
        }
        Print(frees, results);
        Print(faults, results);
        return Done;
    }

    private static void Print(IReadOnlyList<Answer> answers, TextWriter results)
    {
        foreach (IGrouping<string, Answer> what in answers.GroupBy(a => a.What))
        {
            string[] more = [.. what.First().More.Keys];
            string[] columns = ["variant", "ns", "least", "largest", "RMW", $"over {what.First().Id}, ns", "bytes", .. more];
            results.WriteLine($"\n### {what.Key}\n");
            results.WriteLine($"| {string.Join(" | ", columns)} |");
            results.WriteLine($"|{string.Concat(columns.Select(_ => "---|"))}");
            foreach (Answer a in what)
            {
                string row = string.Create(CultureInfo.InvariantCulture,
                    $"| {a.Id} | {a.Ns:F1} | {a.MinNs:F1} | {a.MaxNs:F1} | {a.Ns / a.RmwNs:F1} | {a.OverBaseNs:+0.0;-0.0;0.0} | {a.AllocatedBytes} |");
                results.WriteLine(row + string.Concat(more.Select(m => string.Create(CultureInfo.InvariantCulture, $" {a.More[m]:0.####} |"))));
            }
        }
    }
}
