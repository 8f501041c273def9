using System.Threading.Channels;

namespace MemCore.Lab.Soak;

/// <summary>Takes events from any thread and writes them from one of its own, so that nobody waits for a terminal or a pipe.</summary>
internal sealed class SoakReporter : IDisposable
{
    private readonly Channel<SoakEvent> _events = Channel.CreateUnbounded<SoakEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TextWriter _results;
    private readonly TextWriter _log;
    private readonly bool _json;
    private readonly bool _quiet;
    private readonly bool _screen;
    private readonly Thread _thread;

    /// <param name="results">Where JSON records go.</param>
    /// <param name="log">Where lines for people go.</param>
    /// <param name="json">Progress and findings are also records.</param>
    /// <param name="quiet">Findings only.</param>
    /// <param name="screen">A live screen shows the progress: no lines of it in the log.</param>
    public SoakReporter(TextWriter results, TextWriter log, bool json, bool quiet, bool screen = false)
    {
        _results = results;
        _log = log;
        _json = json;
        _quiet = quiet;
        _screen = screen;
        _thread = new Thread(Pump) { Name = "reporter", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Wait-free for the caller but for an allocation. Events after <see cref="Dispose"/> are dropped.</summary>
    public void Tell(SoakEvent what) => _events.Writer.TryWrite(what);

    /// <summary>Writes everything told so far, then stops.</summary>
    public void Dispose()
    {
        _events.Writer.TryComplete();
        _thread.Join();
    }

    private void Pump()
    {
        while (_events.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_events.Reader.TryRead(out SoakEvent? what)) { TryWrite(what); }
        }
    }

    // A reader that went away must not end the run.
    private void TryWrite(SoakEvent what)
    {
        try { Write(what); }
        catch (IOException)
        {
        }
    }

    private void Write(SoakEvent what)
    {
        switch (what)
        {
            case NoteEvent note when !_quiet:
                _log.WriteLine(note.Text);
                break;
            case ProgressEvent progress when !_quiet:
                if (!_screen) { _log.WriteLine(SoakText.Progress(progress)); }
                if (_json) { _results.WriteLine(SoakJson.Progress(progress)); }
                break;
            case FindingEvent found:
                _log.WriteLine(SoakText.Finding(found.Finding));
                if (_json) { _results.WriteLine(SoakJson.Finding(found)); }
                break;
        }
        _results.Flush();
    }
}
