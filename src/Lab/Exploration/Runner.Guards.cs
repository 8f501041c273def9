using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <content>What the runner relies on, and how it says that an operation broke it: with what was logged, and what the re-run did.</content>
internal partial class Runner
{
    private const int EntriesShown = 10;

    private ulong _perturbation;

    /// <summary>Not 0: every run begins with other values in all bookkeeping words. Nothing that is decided may change by it. To set it is to reset.</summary>
    public ulong Perturbation
    {
        get => _perturbation;
        set
        {
            _perturbation = value;
            Reset();
        }
    }

    private void PerturbBookkeeping()
    {
        ulong state = _perturbation;
        foreach (ColumnInfo column in _model.Arena.Columns)
        {
            if (column.Kind != ColumnKind.Bookkeeping) { continue; }
            for (int word = 0; word < column.SizeBytes / sizeof(int); word++)
            {
                state = (state * 6364136223846793005UL) + 1442695040888963407UL;
                Write((int)(column.OffsetBytes / sizeof(int)) + word, (uint)(state >> 33));
            }
        }
    }

    private long Replay(int me, int location, byte code)
    {
        int at = _position[me];
        ref LogEntry e = ref _logs[me][at];
        if (e.Location != location || e.Code != code) { DivergedAt(me, at, $"{DescribeCode(code)} {DescribeLocation(location)}"); }
        _position[me] = at + 1;
        return e.Result;
    }

    // The re-run did the same up to entry "at" of the log, and then something else. What follows the log is known from another run, if given.
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DivergedAt(int me, int at, string now, string? then = null)
    {
        ref ActorState s = ref _states[me];
        int from = Math.Max(s.LogStart, at + 1 - EntriesShown);
        StringBuilder text = new();
        text.Append($"{NameOf(me)} is not deterministic: call {at - s.LogStart + 1} was {then ?? DescribeEntry(me, at)} first, and is {now} on the re-run\n  first: ");
        AppendEntries(text, me, from, then is null ? Math.Min(s.LogCount, at + EntriesShown) : at, then);
        text.Append("\n  now:   ");
        AppendEntries(text, me, from, at, now);
        Diverged(text.ToString());
    }

    private void AppendEntries(StringBuilder text, int me, int from, int to, string? last)
    {
        if (from > _states[me].LogStart) { text.Append("...; "); }
        text.AppendJoin("; ", Enumerable.Range(from, to - from).Select(at => DescribeEntry(me, at)).Concat(last is null ? [] : [last]));
    }

    private string DescribeEntry(int me, int at)
    {
        ref LogEntry e = ref _logs[me][at];
        return $"{DescribeCode(e.Code)} {DescribeLocation(e.Location)} = {e.Result}".Replace("  ", " ", StringComparison.Ordinal);
    }

    private static string DescribeCode(byte code) => (byte)(code & ~WideBit) switch
    {
        SpinCode => "spin on",
        RetryCode => "retry",
        ParkCode => "park on",
        WakeCode => "wake",
        ChooseCode => "choice",
        FenceCode => "fence",
        FenceAllCode => "fence of all",
        byte kind => ((AccessKind)kind).ToString(),
    };

    [DoesNotReturn]
    private static void CalledWhileUnwinding() => Diverged("a seam call while an actor unwinds: something caught or finalised it");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Diverged(string text) => throw new LabException(text);
}
