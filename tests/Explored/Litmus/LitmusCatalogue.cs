namespace MemCore.Tests.Litmus;

/// <summary>A litmus test: a program, the outcomes of each mode in full, the one that the test is about, and whether race mode objects.</summary>
/// <param name="Asked">The outcome that a reader of the program hopes not to see.</param>
/// <param name="Sc">All outcomes without buffers.</param>
/// <param name="TsoBesides">Outcomes that store buffers add.</param>
/// <param name="Races">Race mode finds two accesses without an order between them.</param>
/// <param name="Elsewhere">Whether a weaker machine, such as ARM64, may show the outcome with the accesses as written.</param>
internal sealed record Litmus(string Name, LitmusProgram Program, string Asked, string[] Sc, string[] TsoBesides, bool Races, string Elsewhere)
{
    public IEnumerable<string> Tso => Sc.Concat(TsoBesides);
}

/// <summary>The classic shapes, with and without what forbids their weak outcome.</summary>
internal static class LitmusCatalogue
{
    public static IReadOnlyList<Litmus> All { get; } =
    [
        new("store buffering", new("r0 r1", "x = 1; r0 = y", "y = 1; r1 = x"), "r0=0 r1=0",
            ["r0=0 r1=1", "r0=1 r1=0", "r0=1 r1=1"], ["r0=0 r1=0"], Races: false, "yes"),
        new("store buffering, fences", new("r0 r1", "x = 1; fence; r0 = y", "y = 1; fence; r1 = x"), "r0=0 r1=0",
            ["r0=0 r1=1", "r0=1 r1=0", "r0=1 r1=1"], [], Races: false, "no"),
        new("store buffering, one fence", new("r0 r1", "x = 1; fence; r0 = y", "y = 1; r1 = x"), "r0=0 r1=0",
            ["r0=0 r1=1", "r0=1 r1=0", "r0=1 r1=1"], ["r0=0 r1=0"], Races: false, "yes"),
        new("store buffering, a fence for all on one side", new("r0 r1", "x = 1; fence-all; r0 = y", "y = 1; r1 = x"), "r0=0 r1=0",
            ["r0=0 r1=1", "r0=1 r1=0", "r0=1 r1=1"], [], Races: false, "no, if the compiler keeps the order of the other side"),
        new("store buffering, exchanges", new("r0 r1", "r2 = xchg x 1; r0 = y", "r3 = xchg y 1; r1 = x"), "r0=0 r1=0",
            ["r0=0 r1=1", "r0=1 r1=0", "r0=1 r1=1"], [], Races: false, "no"),
        new("store buffering, an exchange of another word between", new("r0 r1", "x = 1; r2 = xchg z 1; r0 = y", "y = 1; r3 = xchg z 1; r1 = x"), "r0=0 r1=0",
            ["r0=0 r1=1", "r0=1 r1=0", "r0=1 r1=1"], [], Races: false, "no"),
        new("store buffering, own store read", new("r0 r1 r2 r3", "x = 1; r2 = x; r0 = y", "y = 1; r3 = y; r1 = x"), "r0=0 r1=0 r2=1 r3=1",
            ["r0=0 r1=1 r2=1 r3=1", "r0=1 r1=0 r2=1 r3=1", "r0=1 r1=1 r2=1 r3=1"], ["r0=0 r1=0 r2=1 r3=1"], Races: false, "yes"),
        new("own store read before all see it", new("r0 r1 x", "x = 1; r0 = x; r1 = y", "y = 2; x = 2"), "r0=1 r1=0 x=1",
            ["r0=1 r1=0 x=2", "r0=1 r1=2 x=2", "r0=1 r1=2 x=1", "r0=2 r1=2 x=2"], ["r0=1 r1=0 x=1"], Races: false, "yes"),

        new("message passing", new("r0 r1", "x = 1; y = 1", "r0 = y; r1 = x"), "r0=1 r1=0",
            ["r0=0 r1=0", "r0=0 r1=1", "r0=1 r1=1"], [], Races: false, "no"),
        new("message passing, plain message", new("r0 r1", "x := 1; y = 1", "r0 = y; r1 := x"), "r0=1 r1=0",
            ["r0=0 r1=0", "r0=0 r1=1", "r0=1 r1=1"], [], Races: true, "no, but r1 is read although r0 may be 0"),
        new("message passing, plain flag", new("r0 r1", "x = 1; y := 1", "r0 = y; r1 = x"), "r0=1 r1=0",
            ["r0=0 r1=0", "r0=0 r1=1", "r0=1 r1=1"], [], Races: true, "yes"),
        new("message passing, flag read plainly", new("r0 r1", "x = 1; y = 1", "r0 := y; r1 = x"), "r0=1 r1=0",
            ["r0=0 r1=0", "r0=0 r1=1", "r0=1 r1=1"], [], Races: true, "yes"),

        new("load buffering", new("r0 r1", "r0 = x; y = 1", "r1 = y; x = 1"), "r0=1 r1=1",
            ["r0=0 r1=0", "r0=0 r1=1", "r0=1 r1=0"], [], Races: false, "no"),
        new("load buffering, plain", new("r0 r1", "r0 := x; y := 1", "r1 := y; x := 1"), "r0=1 r1=1",
            ["r0=0 r1=0", "r0=0 r1=1", "r0=1 r1=0"], [], Races: true, "yes"),

        new("two writers, two readers", new("r0 r1 r2 r3", "x = 1", "y = 1", "r0 = x; r1 = y", "r2 = y; r3 = x"), "r0=1 r1=0 r2=1 r3=0",
            Quartets(except: "r0=1 r1=0 r2=1 r3=0"), [], Races: false, "with acquire and release alone the model of .NET permits it; ARM64 does not show it"),
        new("two writers, two readers, fences", new("r0 r1 r2 r3", "x = 1", "y = 1", "r0 = x; fence; r1 = y", "r2 = y; fence; r3 = x"), "r0=1 r1=0 r2=1 r3=0",
            Quartets(except: "r0=1 r1=0 r2=1 r3=0"), [], Races: false, "no"),

        new("two plus two writes", new("x y", "x = 1; y = 2", "y = 1; x = 2"), "x=1 y=1",
            ["x=1 y=2", "x=2 y=1", "x=2 y=2"], [], Races: false, "no"),
        new("two plus two writes, plain", new("x y", "x := 1; y := 2", "y := 1; x := 2"), "x=1 y=1",
            ["x=1 y=2", "x=2 y=1", "x=2 y=2"], [], Races: true, "yes"),

        new("shape R", new("r0 y", "x = 1; y = 1", "y = 2; r0 = x"), "r0=0 y=2",
            ["r0=0 y=1", "r0=1 y=1", "r0=1 y=2"], ["r0=0 y=2"], Races: false, "yes"),
        new("shape R, fences", new("r0 y", "x = 1; fence; y = 1", "y = 2; fence; r0 = x"), "r0=0 y=2",
            ["r0=0 y=1", "r0=1 y=1", "r0=1 y=2"], [], Races: false, "no"),
        new("shape R, fence before the load", new("r0 y", "x = 1; y = 1", "y = 2; fence; r0 = x"), "r0=0 y=2",
            ["r0=0 y=1", "r0=1 y=1", "r0=1 y=2"], [], Races: false, "no, though C++ would permit it"),
        new("shape S", new("r0 x", "x = 2; y = 1", "r0 = y; x = 1"), "r0=1 x=2",
            ["r0=0 x=1", "r0=0 x=2", "r0=1 x=1"], [], Races: false, "no"),
        new("shape S, plain", new("r0 x", "x := 2; y := 1", "r0 := y; x := 1"), "r0=1 x=2",
            ["r0=0 x=1", "r0=0 x=2", "r0=1 x=1"], [], Races: true, "yes"),

        new("write to read causality", new("r0 r1 r2", "x = 1", "r0 = x; y = 1", "r1 = y; r2 = x"), "r0=1 r1=1 r2=0",
            ["r0=0 r1=0 r2=0", "r0=0 r1=0 r2=1", "r0=0 r1=1 r2=0", "r0=0 r1=1 r2=1", "r0=1 r1=0 r2=0", "r0=1 r1=0 r2=1", "r0=1 r1=1 r2=1"], [], Races: false, "no"),
        new("coherence", new("r0 r1", "x = 1; x = 2", "r0 = x; r1 = x"), "r0=2 r1=1",
            ["r0=0 r1=0", "r0=0 r1=1", "r0=0 r1=2", "r0=1 r1=1", "r0=1 r1=2", "r0=2 r1=2"], [], Races: false, "no"),
        new("stores of two tasks to one word", new("r0 r1", "x = 1; r0 = x", "x = 2; r1 = x"), "r0=2 r1=1",
            ["r0=1 r1=1", "r0=1 r1=2", "r0=2 r1=2"], [], Races: false, "no"),
    ];

    private static string[] Quartets(string except) =>
        [.. Enumerable.Range(0, 16).Select(n => $"r0={n >> 3 & 1} r1={n >> 2 & 1} r2={n >> 1 & 1} r3={n & 1}").Where(outcome => outcome != except)];
}
