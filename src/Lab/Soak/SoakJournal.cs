using System.Text;
using Microsoft.Win32.SafeHandles;

namespace MemCore.Lab.Soak;

/// <summary>Writes the journal of one part of a run: each line is on the disk when the call returns.</summary>
/// <remarks>Any thread, one at a time. Never called by a worker that has found nothing. A disk that refuses is reported once; the run goes on.</remarks>
internal sealed class SoakJournal : IDisposable
{
    private const string SetAside = "journal.previous.jsonl";

    private readonly Lock _gate = new();
    private readonly SafeFileHandle _file;
    private readonly SoakReporter _reporter;
    private long _end;
    private bool _refused;
    private bool _closed;

    private SoakJournal(SafeFileHandle file, long end, SoakReporter reporter)
    {
        _file = file;
        _end = end;
        _reporter = reporter;
    }

    /// <summary>A journal for a run that begins; one that lies there already is set aside. Throws IOException when it cannot be made.</summary>
    public static SoakJournal Begin(string directory, SoakReporter reporter)
    {
        Directory.CreateDirectory(directory);
        string path = JournalFile.PathIn(directory);
        if (File.Exists(path)) { File.Move(path, Path.Combine(directory, SetAside), overwrite: true); }
        return new SoakJournal(File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read), 0, reporter);
    }

    /// <summary>Goes on where the whole lines end. Throws IOException when it cannot be written, or another process is at it.</summary>
    public static SoakJournal Continue(string directory, long validBytes, SoakReporter reporter)
    {
        SafeFileHandle file = File.OpenHandle(JournalFile.PathIn(directory), FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        RandomAccess.SetLength(file, validBytes);
        return new SoakJournal(file, validBytes, reporter);
    }

    /// <summary>Appends a line and waits for the disk. What comes after <see cref="Dispose"/> is dropped.</summary>
    public void Write(JournalRecord record)
    {
        byte[] line = Encoding.UTF8.GetBytes(record.ToJson() + "\n");
        lock (_gate)
        {
            if (_closed) { return; }
            try
            {
                RandomAccess.Write(_file, line, _end);
                RandomAccess.FlushToDisk(_file);
                _end += line.Length;
                _refused = false;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                if (!_refused) { _reporter.Tell(new NoteEvent($"the journal could not be written: {e.Message}")); }
                _refused = true;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _file.Dispose();
        }
    }
}
