using System.Text;
using MemCore.Lab.Soak;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace MemCore.Cli;

/// <summary>The live screen of a soak on stderr: four times a second, on a thread of its own. What is logged meanwhile scrolls above it.</summary>
internal sealed class LiveScreen : IDisposable
{
    private const int RatesOverFrames = 4;
    private const string ShowCursor = "\u001b[?25h";

    private static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(250);

    private readonly IAnsiConsole _console;
    private readonly ManualResetEventSlim _stop = new();
    private Thread? _thread;

    private LiveScreen(IAnsiConsole console)
    {
        _console = console;
        Log = new ScreenLog(console);
    }

    /// <summary>Where lines go that are to stay; usable before, while and after the screen is shown.</summary>
    public TextWriter Log { get; }

    /// <summary>A screen, when somebody can watch it; null when stdout or stderr is redirected, the terminal knows no control sequences, or NO_COLOR is set.</summary>
    public static LiveScreen? OnTerminal()
    {
        if (Console.IsErrorRedirected || Console.IsOutputRedirected || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))) { return null; }
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return console.Profile.Capabilities.Ansi && console.Profile.Out.IsTerminal ? new LiveScreen(console) : null;
    }

    /// <summary>Shows snapshots until <see cref="Dispose"/>.</summary>
    public void Show(Func<SoakSnapshot> snapshot)
    {
        _thread = new Thread(() => Run(snapshot)) { Name = "screen", IsBackground = true };
        _thread.Start();
    }

    /// <summary>For a process that ends at once: the cursor is visible again.</summary>
    public void Restore() => Console.Error.Write(ShowCursor);

    /// <summary>Ends the screen and leaves its last state standing.</summary>
    public void Dispose()
    {
        _stop.Set();
        _thread?.Join();
        _thread = null;
    }

    /// <summary>Lines in their colours.</summary>
    internal static IRenderable Render(IEnumerable<ScreenLine> lines) => new Rows(lines.Select(l => new Text(l.Text, StyleOf(l.Tone)) { Overflow = Overflow.Crop }));

    private void Run(Func<SoakSnapshot> snapshot)
    {
        try { _console.Live(Text.Empty).AutoClear(false).Overflow(VerticalOverflow.Crop).Start(live => Update(live, snapshot)); }
        catch (IOException)
        {
            // The terminal went away; the run does not depend on it.
        }
    }

    private void Update(LiveDisplayContext live, Func<SoakSnapshot> snapshot)
    {
        Queue<SoakSnapshot> recent = [];
        do
        {
            SoakSnapshot now = snapshot();
            live.UpdateTarget(Render(ScreenText.Lines(now, recent.Count == 0 ? null : recent.Peek(), _console.Profile.Width, _console.Profile.Height - 1)));
            recent.Enqueue(now);
            if (recent.Count > RatesOverFrames) { recent.Dequeue(); }
        }
        while (!_stop.Wait(s_period));
    }

    private static Style StyleOf(ScreenTone tone) => tone switch
    {
        ScreenTone.Heading => new Style(decoration: Decoration.Bold),
        ScreenTone.Good => new Style(Color.Green),
        ScreenTone.Bad => new Style(Color.Red, decoration: Decoration.Bold),
        ScreenTone.Faint => new Style(decoration: Decoration.Dim),
        _ => Style.Plain,
    };

    // Lines through the console that draws the screen, so that it moves down instead of being torn.
    private sealed class ScreenLog(IAnsiConsole console) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => console.Write(new Text(value.ToString()));

        public override void WriteLine(string? value) => console.Write(new Text((value ?? string.Empty) + "\n"));
    }
}
