using MemCore.Native;
using MemCore.Perf.Measuring;

namespace MemCore.Perf.Questions;

/// <summary>Thread 001: what a fault costs that meets a migration entry, and what it costs the migration, by how the fault waits.</summary>
internal static class FaultQuestion
{
    public const string Number = "001";

    private const string What = "fault that waits for a migration entry";
    private const int Calls = 2000;
    private const int RmwOperations = 20_000;

    /// <summary>Nothing when two threads cannot have a CPU each.</summary>
    public static IReadOnlyList<Answer> Measure(QuestionOptions options, Action<string> progress)
    {
        int[] cpus = [.. CpuTopology.Current.Cpus.Select(c => c.Id).Take(2)];
        if (cpus.Length < 2 || !ThreadPinning.TryPin(cpus[0]).IsPinned)
        {
            progress("no two CPUs to pin threads to: the faults of 001 are left out");
            return [];
        }
        using OwnedWords owned = new();
        Side rmwSide = new(owned.RawRmw);
        Subject rmw = new Subject("RMW", rmwSide, rmwSide, Turns.Alone).WithSlices(RmwOperations, options.Slices);
        FaultVariant[] variants = [new("001-V0", "v0"), new("001-V5", "v5"), new("001-V9", "v9"), new("001-V0 again", "v0")];
        using (Partner partner = new(cpus[1]))
        {
            WarmUp.Run(() => CallAll(partner), options.Quick);
            rmw.Prepare(options.Rounds, options.Slices, sliceUs: 0, partner: null);
            for (int round = 0; round < options.Rounds; round++)
            {
                rmw.RunAlone(round);
                for (int slice = 0; slice < options.Slices; slice++)
                {
                    foreach (FaultVariant variant in variants) { variant.Run(partner, Calls, measured: true); }
                }
            }
        }
        ThreadPinning.TryRestore(out _);
        rmw.Finish(two: false);
        List<Answer> answers = [];
        double first = 0;
        foreach (FaultVariant variant in variants)
        {
            double[] medians = [.. variant.MediansNs.Order()];
            if (medians.Length == 0)
            {
                progress($"{variant.Id}: no fault met an entry");
                continue;
            }
            double ns = medians[medians.Length / 2];
            if (variant == variants[0]) { first = ns; }
            answers.Add(new Answer(Number, variant.Id, What, ns, medians[0], medians[^1], rmw.Ns, ns - first, variant.AllocatedBytes, variant.More));
        }
        foreach (FaultVariant variant in variants) { variant.Dispose(); }
        return answers;

        void CallAll(Partner partner)
        {
            foreach (FaultVariant variant in variants) { variant.Run(partner, Calls / WarmUp.Calls, measured: false); }
        }
    }
}
