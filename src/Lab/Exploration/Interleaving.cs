using System.Globalization;
using System.Text;
using MemCore.Primitives;

namespace MemCore.Lab.Exploration;

/// <summary>Records a run step by step and prints it as the mails do: one column per actor that took a step, what changed on which word.</summary>
/// <remarks>
/// <c>*</c> marks a step that another actor takes although the last one could have gone on. A read names the step that wrote what it saw.
/// Only words that two actors touch, and one of them changes, or that somebody waits for, can matter to the order of steps: the short form
/// shows these alone.
/// </remarks>
internal sealed class Interleaving(ExplorationModel model) : ITraceSink
{
    private const uint Changed = 1u << 31;
    private const int NoWord = -1;
    private readonly List<Step> _steps = [];
    private readonly Dictionary<int, int> _writer = [];
    private readonly Dictionary<int, uint> _touchedBy = []; // by word: actors, and Changed
    private readonly string[] _notes = new string[model.Actors.Count];
    private readonly TraceHash _hash = new();
    private int _accesses;
    private bool _preempted;

    /// <summary>One number for the whole run: equal for equal traces, on any runner.</summary>
    public ulong TraceHash => _hash.Value;

    public int Steps => _accesses;

    public unsafe void Access(int actor, AccessKind kind, int location, bool wide, long before, long after, long comparand)
    {
        _accesses++;
        _hash.Access(actor, kind, location, after);
        Touched(actor, location, before != after);
        nint address = model.Arena.Base + ((nint)location * sizeof(int));
        if (!model.Arena.TryLocate(address, out ColumnInfo column, out int index)) { return; }
        string name = string.Create(CultureInfo.InvariantCulture, $"{column.Name}[{index}]");
        string Show(long value) => model.Format(column, value) ?? value.ToString(CultureInfo.InvariantCulture);
        string text;
        if (before != after) { text = $"{name} {Show(before)} -> {Show(after)}"; }
        else if (kind is AccessKind.PlainStore or AccessKind.PlainLoad) { return; }
        else
        {
            string seen = _writer.TryGetValue(location, out int writer) ? $" (written at {writer})" : string.Empty;
            string how = kind switch
            {
                AccessKind.CompareExchange when before != comparand => "cas fails on",
                AccessKind.Load => "read",
                AccessKind.Store => "store, unchanged,",
                _ => "rmw, unchanged,",
            };
            text = $"{how} {name} = {Show(before)}{seen}";
        }
        if (before != after) { _writer[location] = _accesses; }
        Add(actor, text, location);
    }

    public void Buffered(int actor, int location, bool wide, long value)
    {
        _accesses++;
        _hash.Buffered(actor, location, value);
        Touched(actor, location, changes: true);
        Add(actor, $"{Name(location)} := {Show(location, value)} (buffered)", location);
    }

    public void Flushed(int actor, int location, bool wide, long before, long after)
    {
        _hash.Flushed(actor, location);
        if (before != after) { _writer[location] = _accesses; }
        Add(actor, $"flush: {Name(location)} {Show(location, before)} -> {Show(location, after)}", location);
    }

    public void Waits(int actor, WaitKind kind, int location)
    {
        if (kind != WaitKind.Retry) { _touchedBy[location] = uint.MaxValue; }
        Add(actor, kind switch
        {
            WaitKind.Spin => $"spins on {Name(location)}",
            WaitKind.Retry => "will retry",
            WaitKind.TimedSleep => $"sleeps on {Name(location)} (with time-out)",
            _ => $"sleeps on {Name(location)}",
        });
    }

    public void Wakes(int actor, int sleeper, int location) => Add(actor, $"wakes {model.Actors[sleeper].Name}");

    public void TimedOut(int actor, int location) => Add(actor, $"time-out on {Name(location)}");

    public void Chose(int actor, int value, int count) => Add(actor, $"chooses {value} of {count}");

    public void Note(int actor, string text) => _notes[actor] = text;

    public void OperationEnded(int actor)
    {
        _notes[actor] = string.Empty;
        _hash.OperationEnded(actor);
    }

    /// <summary>The next step is taken although the actor of the last one could have gone on.</summary>
    public void Preempted() => _preempted = true;

    /// <summary>The actors with their letters in schedules and their operations; those left out in brackets.</summary>
    public static string Cast(ExplorationModel model, IReadOnlyCollection<Omission> without)
    {
        StringBuilder text = new();
        int width = model.Actors.Max(a => a.Name.Length);
        for (int actor = 0; actor < model.Actors.Count; actor++)
        {
            IEnumerable<string> operations = model.Actors[actor].Operations.Select((o, i) => without.Contains(new Omission(actor, i)) ? $"[{o.Name}]" : o.Name);
            text.Append(CultureInfo.InvariantCulture, $"  {(char)('a' + actor)}  {model.Actors[actor].Name.PadRight(width)}  {string.Join("; ", operations)}\n");
        }
        return text.ToString();
    }

    /// <summary>Prints the recorded run.</summary>
    /// <param name="all">False: in the short form, unless one actor alone took steps.</param>
    public string Print(bool all)
    {
        List<int> columns = [.. Enumerable.Range(0, model.Actors.Count).Where(actor => _steps.Exists(step => step.Actor == actor))];
        List<Step> steps = all || columns.Count < 2 ? _steps : Short();
        int width = 14;
        foreach (int actor in columns) { width = Math.Max(width, model.Actors[actor].Name.Length + 2); }
        foreach (Step step in steps) { width = Math.Max(width, Math.Min(step.Text.Length, 54) + 2); }
        StringBuilder text = new();
        text.Append("step  ");
        foreach (int actor in columns) { text.Append(model.Actors[actor].Name.PadRight(width)); }
        TrimEnd(text).Append('\n');
        foreach (Step step in steps)
        {
            char mark = step.Preempts ? '*' : ' ';
            text.Append(CultureInfo.InvariantCulture, $"{step.Number,4}{mark} ").Append(' ', columns.IndexOf(step.Actor) * width).Append(step.Text).Append('\n');
        }
        if (steps.Count < _steps.Count)
        {
            text.Append(CultureInfo.InvariantCulture, $"{_steps.Count - steps.Count} steps on words that one actor alone touches, or nobody changes, are not shown (replay --all shows them)\n");
        }
        return text.ToString();
    }

    private List<Step> Short()
    {
        List<Step> shown = [];
        bool preempts = false; // the mark of a step that is not shown goes to the actor's next one
        int last = -1;
        foreach (Step step in _steps)
        {
            preempts = step.Preempts || (preempts && step.Actor == last);
            last = step.Actor;
            if (step.Word != NoWord && !Matters(step.Word)) { continue; }
            shown.Add(step with { Preempts = preempts });
            preempts = false;
        }
        return shown;
    }

    private bool Matters(int location)
    {
        uint by = _touchedBy[location];
        uint actors = by & ~Changed;
        return (by & Changed) != 0 && (actors & (actors - 1)) != 0;
    }

    private void Touched(int actor, int location, bool changes) =>
        _touchedBy[location] = _touchedBy.GetValueOrDefault(location) | (1u << actor) | (changes ? Changed : 0);

    private static StringBuilder TrimEnd(StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ') { text.Length--; }
        return text;
    }

    private void Add(int actor, string text, int word = NoWord)
    {
        string note = _notes[actor];
        _steps.Add(new Step(_accesses, actor, word, string.IsNullOrEmpty(note) ? text : $"{note}: {text}", _preempted));
        _preempted = false;
    }

    private unsafe string Show(int location, long value)
    {
        bool known = model.Arena.TryLocate(model.Arena.Base + ((nint)location * sizeof(int)), out ColumnInfo column, out _);
        return (known ? model.Format(column, value) : null) ?? value.ToString(CultureInfo.InvariantCulture);
    }

    private string Name(int location) => model.Arena.Describe(model.Arena.Base + ((nint)location * sizeof(int)));

    private readonly record struct Step(int Number, int Actor, int Word, string Text, bool Preempts);
}
