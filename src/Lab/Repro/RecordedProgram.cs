using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MemCore.Lab.Repro;

/// <summary>What a step of a recorded scenario works on.</summary>
internal enum ObjectKind
{
    /// <summary>A folio that the scenario itself keeps.</summary>
    Kept = 'k',

    /// <summary>A shared slot that names a folio and owns a reference to it.</summary>
    Slot = 's',

    /// <summary>An actor's own folio, not on the LRU.</summary>
    OffList = 'o',

    /// <summary>An actor's own folio, on the LRU.</summary>
    Listed = 'l',

    /// <summary>An actor's own folio, which it has isolated.</summary>
    Isolated = 'j',

    /// <summary>Room for a block of an actor; the number is its order.</summary>
    NoBlock = 'b',

    /// <summary>The same, and the actor has one.</summary>
    Block = 'h',

    /// <summary>A page of a process, mapped, written once and on the LRU; the number is twice the process plus the page.</summary>
    Page = 'p',
}

/// <summary>The steps, by the letters that they have in a schedule string.</summary>
internal enum StepKind
{
    Lock = 'L',
    LockKillable = 'K',
    LockTimed = 'T',
    WaitShared = 'W',
    PutAndWait = 'Q',
    WaitNoReference = 'N',
    Cancel = 'X',
    GetAndPut = 'E',
    ReadSlot = 'G',
    DropSlot = 'D',
    ReplaceSlot = 'R',
    FreezeSlot = 'Z',
    Add = 'A',
    Request = 'B',
    Isolate = 'I',
    PutBack = 'U',
    Put = 'P',
    DrainOwn = 'O',
    DrainAll = 'V',
    Alloc = 'H',
    Free = 'F',
    Sample = 'S',
    ReadPage = 'r',
    WritePage = 'w',
    IsolatePage = 'i',
    Migrate = 'm',
    Discard = 'd',
    Fork = 'f',
    Exit = 'e',
    Pin = 'p',
    Unpin = 'q',
}

/// <summary>Something that a recorded scenario has at its start.</summary>
internal readonly record struct RecordedObject(ObjectKind Kind, int Number);

/// <summary>One operation of an actor.</summary>
/// <param name="Kind">What it does.</param>
/// <param name="Object">Index of the object that it works on; of <see cref="StepKind.Cancel"/> the actor.</param>
/// <param name="Argument">Kind of batch, mode of migration, or whether a pin is for writing.</param>
internal readonly record struct RecordedStep(StepKind Kind, int Object, int Argument);

/// <summary>Operations of a few actors on a few objects: what a recorded scenario consists of, and how its name spells it.</summary>
/// <remarks><code>
/// [SCENARIO/VARIANT@]OBJECTS-ACTOR+ACTOR     s0.p1-G0.D0+R0
///   OBJECTS  a letter and a number each, with dots between; steps name them by their place, from 0
///   ACTOR    its steps with dots between: a letter, the object, and _ARGUMENT where it is not 0
/// </code></remarks>
internal sealed record RecordedProgram(string? Policy, IReadOnlyList<RecordedObject> Objects, IReadOnlyList<IReadOnlyList<RecordedStep>> Actors)
{
    private const int ActorsMost = 8;
    private const int ObjectsMost = 8;
    private const int StepsMost = 16;

    /// <summary>Reads what <see cref="ToString"/> wrote. False: one line says what is wrong.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out RecordedProgram? program, out string error)
    {
        program = null;
        int at = text.IndexOf('@');
        string? policy = at < 0 ? null : text[..at];
        string[] parts = text[(at + 1)..].Split('-');
        if (parts.Length != 2)
        {
            error = $"'{text}' is not OBJECTS-ACTOR+ACTOR";
            return false;
        }
        List<RecordedObject> objects = [];
        foreach (string one in parts[0].Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Enum.IsDefined((ObjectKind)one[0]) || !TryNumber(one.AsSpan(1), out int number))
            {
                error = $"'{one}' is no object of a recorded scenario";
                return false;
            }
            objects.Add(new RecordedObject((ObjectKind)one[0], number));
        }
        List<IReadOnlyList<RecordedStep>> actors = [];
        foreach (string actor in parts[1].Split('+'))
        {
            if (!TrySteps(actor, out List<RecordedStep> steps, out error)) { return false; }
            actors.Add(steps);
        }
        program = new RecordedProgram(policy, objects, actors);
        error = program.WhyNot() ?? string.Empty;
        return error.Length == 0;
    }

    public override string ToString()
    {
        StringBuilder text = new();
        if (Policy is not null) { text.Append(Policy).Append('@'); }
        text.AppendJoin('.', Objects.Select(o => string.Create(CultureInfo.InvariantCulture, $"{(char)o.Kind}{o.Number}")));
        return text.Append('-').AppendJoin('+', Actors.Select(steps => string.Join('.', steps.Select(Spelled)))).ToString();
    }

    private static string Spelled(RecordedStep step) =>
        string.Create(CultureInfo.InvariantCulture, $"{(char)step.Kind}{step.Object}{(step.Argument == 0 ? string.Empty : $"_{step.Argument}")}");

    private static bool TrySteps(string text, out List<RecordedStep> steps, out string error)
    {
        steps = [];
        error = string.Empty;
        foreach (string one in text.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            int bar = one.IndexOf('_');
            int argument = 0;
            if (!Enum.IsDefined((StepKind)one[0]) || !TryNumber(one.AsSpan(1, (bar < 0 ? one.Length : bar) - 1), out int target) || (bar > 0 && !TryNumber(one.AsSpan(bar + 1), out argument)))
            {
                error = $"'{one}' is no step of a recorded scenario";
                return false;
            }
            steps.Add(new RecordedStep((StepKind)one[0], target, argument));
        }
        return true;
    }

    // What the machine relies on; a string may have been changed by hand.
    private string? WhyNot()
    {
        if (Actors.Count > ActorsMost || Objects.Count > ObjectsMost || Actors.Any(steps => steps.Count > StepsMost)) { return "a recorded scenario is smaller than that"; }
        if (Objects.Any(o => o.Number > (o.Kind == ObjectKind.Page ? 3 : 2))) { return "an object of a recorded scenario has a number that is too large"; }
        foreach (RecordedStep step in Actors.SelectMany(steps => steps))
        {
            if (step.Kind == StepKind.Cancel ? step.Object >= Actors.Count : !Fits(step)) { return $"'{Spelled(step)}' works on something that the scenario does not have"; }
        }
        return null;
    }

    private bool Fits(RecordedStep step)
    {
        if (step.Kind is StepKind.DrainOwn or StepKind.DrainAll or StepKind.Migrate) { return true; }
        if (step.Object >= Objects.Count) { return false; }
        ObjectKind kind = Objects[step.Object].Kind;
        return step.Kind switch
        {
            StepKind.Sample => kind is not ObjectKind.Page,
            StepKind.ReadSlot or StepKind.DropSlot or StepKind.ReplaceSlot or StepKind.FreezeSlot => kind == ObjectKind.Slot,
            StepKind.Add or StepKind.Request or StepKind.Isolate or StepKind.PutBack or StepKind.Put => kind is ObjectKind.OffList or ObjectKind.Listed or ObjectKind.Isolated,
            StepKind.Alloc or StepKind.Free => kind is ObjectKind.NoBlock or ObjectKind.Block,
            >= StepKind.Discard => kind == ObjectKind.Page,
            _ => kind == ObjectKind.Kept,
        };
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
