using System.Globalization;
using MemCore.Lab.Exploration;
using MemCore.Primitives;

namespace MemCore.Tests.Litmus;

internal enum LitmusKind
{
    Load,
    PlainLoad,
    Store,
    PlainStore,
    Exchange,
    Fence,
    FenceAll,
}

/// <summary>One access of a litmus test: what, on which word, storing what, into which register.</summary>
internal readonly record struct LitmusStep(LitmusKind Kind, int Word = -1, int Value = 0, int Register = -1);

/// <summary>A few tasks with a few accesses each, over words x, y and z and registers r0 to r5, all zero at first.</summary>
/// <remarks><code>
/// x = 1       store with release order          x := 1      plain store
/// r0 = x      load with acquire order           r0 := x     plain load
/// r0 = xchg x 1                                 fence, fence-all
/// </code></remarks>
internal sealed class LitmusProgram
{
    public const int Words = 3;
    public const int Registers = 6;

    private const string WordNames = "xyz";

    private readonly string _observed;

    /// <param name="observed">What makes an outcome: registers, then words as they are left.</param>
    /// <param name="threads">The accesses of each task, with semicolons between.</param>
    public LitmusProgram(string observed, params string[] threads)
        : this(observed, [.. threads.Select(t => t.Split(';').Select(s => Parse(s.Trim())).ToArray())])
    {
    }

    public LitmusProgram(string observed, LitmusStep[][] threads)
    {
        _observed = observed;
        Threads = threads;
    }

    public LitmusStep[][] Threads { get; }

    /// <summary>An outcome in words: <c>r0=1 x=2</c>.</summary>
    public string Describe(Func<int, int> register, Func<int, int> word) => string.Join(' ', _observed.Split(' ').Select(name =>
        string.Create(CultureInfo.InvariantCulture, $"{name}={(name[0] == 'r' ? register(name[1] - '0') : word(WordNames.IndexOf(name[0])))}")));

    public override string ToString() => string.Join(" | ", Threads.Select(t => string.Join("; ", t.Select(Print))));

    /// <summary>All outcomes that an exploration of the program ends with.</summary>
    public IReadOnlySet<string> Explore(ExplorationOptions options, out ExplorationResult result)
    {
        using Model model = new(this, options.Prune);
        result = Explorer.Explore(model, options);
        return model.Outcomes;
    }

    private static LitmusStep Parse(string text)
    {
        if (text == "fence") { return new LitmusStep(LitmusKind.Fence); }
        if (text == "fence-all") { return new LitmusStep(LitmusKind.FenceAll); }
        string[] parts = text.Split(' ');
        bool plain = parts[1] == ":=";
        if (parts[0][0] != 'r')
        {
            int value = int.Parse(parts[2], CultureInfo.InvariantCulture);
            return new LitmusStep(plain ? LitmusKind.PlainStore : LitmusKind.Store, WordNames.IndexOf(parts[0][0]), value);
        }
        int register = parts[0][1] - '0';
        return parts[2] == "xchg"
            ? new LitmusStep(LitmusKind.Exchange, WordNames.IndexOf(parts[3][0]), int.Parse(parts[4], CultureInfo.InvariantCulture), register)
            : new LitmusStep(plain ? LitmusKind.PlainLoad : LitmusKind.Load, WordNames.IndexOf(parts[2][0]), 0, register);
    }

    private static string Print(LitmusStep step) => step.Kind switch
    {
        LitmusKind.Load => $"r{step.Register} = {WordNames[step.Word]}",
        LitmusKind.PlainLoad => $"r{step.Register} := {WordNames[step.Word]}",
        LitmusKind.Store => $"{WordNames[step.Word]} = {step.Value}",
        LitmusKind.PlainStore => $"{WordNames[step.Word]} := {step.Value}",
        LitmusKind.Exchange => $"r{step.Register} = xchg {WordNames[step.Word]} {step.Value}",
        LitmusKind.Fence => "fence",
        _ => "fence-all",
    };

    // Registers are no shared memory: a bookkeeping word is written at once and is no state. Stored states however know a task that is
    // done by its memory alone, so for them registers are words like others.
    private sealed class Model : ExplorationModel
    {
        private readonly LitmusProgram _program;
        private readonly Column<int> _words;
        private readonly Column<int> _registers;

        public Model(LitmusProgram program, bool storesStates)
            : base(new Arena(1 << 16))
        {
            _program = program;
            _words = Arena.Add<int>("word", Words, ColumnKind.State);
            _registers = Arena.Add<int>("register", Registers, storesStates ? ColumnKind.State : ColumnKind.Bookkeeping);
            Actors = [.. program.Threads.Select((steps, i) => new Actor($"task {i}", [new Operation("run", () => Run(steps))]))];
        }

        public override IReadOnlyList<Actor> Actors { get; }

        public override bool FencesAll => _program.Threads.Any(t => t.Any(s => s.Kind == LitmusKind.FenceAll));

        public HashSet<string> Outcomes { get; } = [];

        public override void CheckQuiescence() => Outcomes.Add(_program.Describe(r => _registers[r], w => _words[w]));

        private void Run(LitmusStep[] steps)
        {
            foreach (LitmusStep step in steps)
            {
                switch (step.Kind)
                {
                    case LitmusKind.Load:
                        Keep(step, Atomic.Load(ref _words[step.Word]));
                        break;
                    case LitmusKind.PlainLoad:
                        Keep(step, Atomic.PlainLoad(ref _words[step.Word]));
                        break;
                    case LitmusKind.Store:
                        Atomic.Store(ref _words[step.Word], step.Value);
                        break;
                    case LitmusKind.PlainStore:
                        Atomic.PlainStore(ref _words[step.Word], step.Value);
                        break;
                    case LitmusKind.Exchange:
                        Keep(step, Atomic.Exchange(ref _words[step.Word], step.Value));
                        break;
                    case LitmusKind.Fence:
                        Atomic.Fence();
                        break;
                    default:
                        Atomic.FenceAll();
                        break;
                }
            }
        }

        private void Keep(LitmusStep step, int value) => Atomic.PlainStore(ref _registers[step.Register], value);
    }
}
