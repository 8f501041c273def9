using MemCore.Lab.Soak;
using MemCore.Lab.Soak.Workloads;
using MemCore.Lru;
using MemCore.Migration;

namespace MemCore.Lab.Repro;

/// <summary>Frames, slots and pages of a soak renamed to the few objects of a small machine, and operations to steps on them.</summary>
internal sealed class ReducedObjects
{
    private const int ObjectsMost = 4;
    private const int PagesPerMm = 2;
    private const int OrderMost = 2;
    private const int NoObject = -1;
    private const int NoRoom = -2;

    private readonly List<RecordedObject> _objects = [];
    private readonly List<object> _keys = [];
    private readonly List<long> _pages = [];
    private readonly List<int> _mms = [];
    private readonly Dictionary<(int Worker, int Frame), int> _pinned = [];

    public IReadOnlyList<RecordedObject> All => _objects;

    public static bool IsLock(RecordedOperation o) => FamilyOf(o) == Family.Lock && Parse(o) is not (Operation.Cancel or Operation.Put);

    /// <summary>False: nothing on the small machine does this.</summary>
    public static bool HasCounterpart(RecordedOperation o) => FamilyOf(o) != Family.None;

    /// <summary>True: tasks share what it goes through, whatever frame it is about.</summary>
    public static bool IsShared(RecordedOperation o) => FamilyOf(o) is Family.Block or Family.Lru or Family.Lock;

    /// <summary>Looks ahead: a parent comes before its child, a page before what goes over many.</summary>
    public void Meet(List<RecordedOperation> operations)
    {
        foreach (RecordedOperation fork in operations.Where(o => Parse(o) == Operation.Fork && o.Argument != 0).Take(1)) { _mms.AddRange([fork.Owner, fork.Argument]); }
        foreach (RecordedOperation o in operations.Where(o => FamilyOf(o) == Family.Page && o.Place == FlightPlaceKind.Page && Parse(o) is not (Operation.Unmap or Operation.Exit or Operation.Fork))) { PageOf(o); }
    }

    /// <summary>The step that an operation becomes. False: <paramref name="why"/> says why it becomes none.</summary>
    public bool TryStep(RecordedOperation o, out RecordedStep step, out string why)
    {
        (StepKind kind, int target, int argument) = FamilyOf(o) switch
        {
            Family.Lock => LockStep(o),
            Family.Slot => SlotStep(o),
            Family.Lru => LruStep(o),
            Family.Block => BlockStep(o),
            Family.Page => PageStep(o),
            Family.Look => (StepKind.Sample, Looked(o), 0),
            _ => (default, NoObject, 0),
        };
        step = new RecordedStep(kind, target, argument);
        why = target == NoRoom ? "no room for another object" : "what it worked on is not known";
        return target >= 0;
    }

    private static Family FamilyOf(RecordedOperation o) => Parse(o) switch
    {
        Operation.Lock or Operation.LockKillable or Operation.LockTimed or Operation.WaitShared or Operation.PutAndWait or Operation.WaitNoReference or Operation.Cancel => Family.Lock,
        Operation.TryGet or Operation.Put or Operation.Freeze or Operation.Alloc when o.Place == FlightPlaceKind.Slot => Family.Slot,
        Operation.LruAdd or Operation.LruRequest or Operation.LruDrain or Operation.DrainAll => Family.Lru,
        Operation.Put when o.Place == FlightPlaceKind.None && o.Argument == RefStorm.DroppedByHolder => Family.Lock,
        Operation.Isolate or Operation.Putback or Operation.Put when o.Place == FlightPlaceKind.None && o.Frame is not null => Family.Lru,
        Operation.Alloc when o.Outcome != FlightOutcome.Refused => Family.Block,
        Operation.Free => Family.Block,
        Operation.Sample => Family.Look,
        Operation.MigratePages or Operation.Unpin => Family.Page,
        Operation.UserRead or Operation.UserWrite or Operation.Isolate or Operation.Unmap or Operation.Fork or Operation.Exit or Operation.Pin when o.Place == FlightPlaceKind.Page => Family.Page,
        _ => Family.None,
    };

    private static Operation Parse(RecordedOperation o) => OperationNames.TryParse(o.Operation, out Operation operation) ? operation : Operation.Count;

    private (StepKind, int, int) LockStep(RecordedOperation o)
    {
        Operation operation = Parse(o);
        if (operation == Operation.Cancel) { return (StepKind.Cancel, (int)Math.Clamp(o.Index, 0, int.MaxValue), 0); }
        StepKind kind = operation switch
        {
            Operation.Put => StepKind.GetAndPut,
            Operation.LockKillable => StepKind.LockKillable,
            Operation.LockTimed => StepKind.LockTimed,
            Operation.WaitShared => StepKind.WaitShared,
            Operation.PutAndWait => StepKind.PutAndWait,
            Operation.WaitNoReference => StepKind.WaitNoReference,
            _ => StepKind.Lock,
        };
        return (kind, Find(("kept", o.Frame), new RecordedObject(ObjectKind.Kept, 0)), 0);
    }

    private (StepKind, int, int) SlotStep(RecordedOperation o)
    {
        StepKind kind = Parse(o) switch
        {
            Operation.TryGet => StepKind.ReadSlot,
            Operation.Put => StepKind.DropSlot,
            Operation.Alloc => StepKind.ReplaceSlot,
            _ => StepKind.FreezeSlot,
        };

        // The put of a replaced folio is part of the replacement.
        if (kind == StepKind.DropSlot && o.Argument != RefStorm.DroppedByHolder) { return (kind, NoObject, 0); }
        return (kind, Find(("slot", o.Index), new RecordedObject(ObjectKind.Slot, 0)), 0);
    }

    private (StepKind, int, int) LruStep(RecordedOperation o)
    {
        Operation operation = Parse(o);
        if (operation == Operation.LruDrain) { return (StepKind.DrainOwn, 0, 0); }
        if (operation == Operation.DrainAll) { return (StepKind.DrainAll, 0, 0); }
        (StepKind kind, ObjectKind start) = operation switch
        {
            Operation.LruAdd => (StepKind.Add, ObjectKind.OffList),
            Operation.LruRequest => (StepKind.Request, ObjectKind.Listed),
            Operation.Isolate => (StepKind.Isolate, ObjectKind.Listed),
            Operation.Putback => (StepKind.PutBack, ObjectKind.Isolated),
            _ => (StepKind.Put, ObjectKind.Listed),
        };
        int argument = kind is StepKind.Request or StepKind.Put ? o.Argument : 0;
        if (kind == StepKind.Request && argument >= (int)BatchKind.Count) { return (kind, NoObject, 0); }
        return (kind, Find(("lru", o.Frame, o.Worker), new RecordedObject(start, 0)), argument);
    }

    private (StepKind, int, int) BlockStep(RecordedOperation o)
    {
        int order = Math.Clamp(o.Argument, 0, OrderMost);
        bool alloc = Parse(o) == Operation.Alloc;
        return (alloc ? StepKind.Alloc : StepKind.Free, Find(("block", o.Frame, o.Worker), new RecordedObject(alloc ? ObjectKind.NoBlock : ObjectKind.Block, order)), 0);
    }

    // Whatever has the frame; otherwise a block, whose frame is not known before it is allocated.
    private int Looked(RecordedOperation o)
    {
        int same = _keys.FindIndex(k => k is ("kept", int frame) && frame == o.Frame || k is ("lru" or "block", int other, int) && other == o.Frame);
        if (same >= 0) { return same; }
        int block = _objects.FindIndex(b => b.Kind is ObjectKind.NoBlock or ObjectKind.Block);
        return block >= 0 ? block : Find(("kept", o.Frame), new RecordedObject(ObjectKind.Kept, 0));
    }

    private (StepKind, int, int) PageStep(RecordedOperation o)
    {
        Operation operation = Parse(o);
        if (operation == Operation.MigratePages) { return (StepKind.Migrate, o.Argument <= (int)MigrateMode.Sync ? 0 : NoObject, o.Argument); }
        if (operation == Operation.Unpin) { return (StepKind.Unpin, o.Frame is { } frame && _pinned.TryGetValue((o.Worker, frame), out int pin) ? pin : NoObject, 0); }
        int target = operation is Operation.Unmap or Operation.Fork or Operation.Exit ? Covered(o, operation == Operation.Unmap ? o.Argument : int.MaxValue) : PageOf(o);
        if (operation == Operation.Pin && o.Frame is { } pinned) { _pinned[(o.Worker, pinned)] = target; }
        return operation switch
        {
            Operation.UserRead => (StepKind.ReadPage, target, 0),
            Operation.UserWrite => (StepKind.WritePage, target, 0),
            Operation.Isolate => (StepKind.IsolatePage, target, 0),
            Operation.Unmap => (StepKind.Discard, target, 0),
            Operation.Fork => (StepKind.Fork, target, 0),
            Operation.Exit => (StepKind.Exit, target, 0),
            _ => (StepKind.Pin, target, o.Argument),
        };
    }

    // The first page of those known that an operation on many goes over.
    private int Covered(RecordedOperation o, int pages)
    {
        int mm = _mms.IndexOf(o.Owner);
        return mm < 0 ? NoObject : _objects.FindIndex(p => p.Kind == ObjectKind.Page && p.Number / PagesPerMm == mm
            && _pages[p.Number % PagesPerMm] >= o.Index && _pages[p.Number % PagesPerMm] - o.Index < pages);
    }

    // A page of a child has the number that it has in the parent.
    private int PageOf(RecordedOperation o)
    {
        int mm = Place(_mms, o.Owner);
        int page = Place(_pages, o.Index);
        return mm < 0 || page < 0 ? NoRoom : Find(("page", mm, page), new RecordedObject(ObjectKind.Page, (mm * PagesPerMm) + page));
    }

    private static int Place<T>(List<T> known, T value)
    {
        int at = known.IndexOf(value);
        if (at >= 0) { return at; }
        if (known.Count == PagesPerMm) { return -1; }
        known.Add(value);
        return known.Count - 1;
    }

    private int Find(object key, RecordedObject start)
    {
        int at = _keys.IndexOf(key);
        if (at >= 0) { return at; }
        if (_keys.Count == ObjectsMost) { return NoRoom; }
        _keys.Add(key);
        _objects.Add(start);
        return _keys.Count - 1;
    }

    private enum Family
    {
        None,
        Lock,
        Slot,
        Lru,
        Block,
        Page,
        Look,
    }
}
