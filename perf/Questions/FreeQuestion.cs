using MemCore.Perf.Measuring;

namespace MemCore.Perf.Questions;

/// <summary>Thread 000: what a free costs, by who has to clear Active and Unevictable and by who checks that it was done.</summary>
internal static class FreeQuestion
{
    public const string Number = "000";

    private static readonly Dictionary<string, double> s_nothingMore = [];

    /// <summary>The frees, in words, and how a variant does them.</summary>
    private static readonly (string What, Func<FreeVariant, Side> SideOf)[] s_frees =
    [
        ("free of a page with nothing set", v => new Side(v.PutPages, v.Clean)),
        ("free of a page of the active list, by its last put", v => new Side(v.PutPages, v.Listed)),
        ("free of a page that was released while isolated, by the migration", v => new Side(v.FinishReleased, v.IsolatedReleased)),
        ("the same for a page of a driver", v => new Side(v.FinishReleased, v.MovableReleased)),
        ("isolate + putback", v => new Side(v.IsolatePutback, v.Listed, v.FreeListed)),
    ];

    public static IReadOnlyList<Answer> Measure(QuestionOptions options)
    {
        using OwnedWords owned = new();
        Side rmwSide = new(owned.RawRmw);
        Subject rmw = new("RMW", rmwSide, rmwSide, Turns.Alone);
        IReadOnlyList<FreeVariant> variants = FreeVariant.All();
        List<(FreeVariant Variant, string What, Subject Subject)> subjects = [];
        foreach ((string what, Func<FreeVariant, Side> sideOf) in s_frees)
        {
            foreach (FreeVariant variant in variants)
            {
                Side side = sideOf(variant);
                subjects.Add((variant, what, new Subject(what, side, side, Turns.Alone).WithSlices(FreeVariant.Slice, options.Slices)));
            }
        }
        Run(options, rmw, [.. subjects.Select(s => s.Subject)]);
        foreach (FreeVariant variant in variants) { variant.Dispose(); }
        return [.. subjects.Select(s =>
        {
            Subject first = subjects.First(f => f.What == s.What).Subject;
            return new Answer(Number, s.Variant.Id, s.What, s.Subject.Ns, s.Subject.MinNs, s.Subject.MaxNs, rmw.Ns, s.Subject.Ns - first.Ns, s.Subject.AllocatedBytes, s_nothingMore);
        })];
    }

    // All variants of one free by turns, then the next free; round after round.
    private static void Run(QuestionOptions options, Subject rmw, IReadOnlyList<Subject> subjects)
    {
        WarmUp.Run(CallAll, options.Quick);
        rmw.Prepare(options.Rounds, options.Slices, sliceUs: 50, partner: null);
        foreach (Subject subject in subjects) { subject.Prepare(options.Rounds, options.Slices, sliceUs: 50, partner: null); }
        for (int round = 0; round < options.Rounds; round++)
        {
            rmw.RunAlone(round);
            foreach (Subject subject in subjects) { subject.RunAlone(round); }
        }
        rmw.Finish(two: false);
        foreach (Subject subject in subjects) { subject.Finish(two: false); }

        void CallAll()
        {
            rmw.Warm(FreeVariant.Slice, partner: null);
            foreach (Subject subject in subjects) { subject.Warm(FreeVariant.Slice, partner: null); }
        }
    }
}
