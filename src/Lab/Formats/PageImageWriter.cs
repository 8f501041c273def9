using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace MemCore.Lab.Formats;

/// <summary>Writes a file of one little-endian u64 per pfn, plain or gzip.</summary>
/// <remarks>
/// Writes beside the target under a temporary name; <see cref="TryCommit"/> renames. Disposed without a commit, or after a failure,
/// the temporary file is removed and the target is what it was before. For one thread.
/// </remarks>
internal sealed class PageImageWriter : IDisposable
{
    private readonly string _path;
    private readonly string _temporaryPath;
    private readonly FileStream _file;
    private readonly Stream _content;
    private bool _closed;
    private bool _committed;

    private PageImageWriter(string path, string temporaryPath, FileStream file, bool gzip)
    {
        _path = path;
        _temporaryPath = temporaryPath;
        _file = file;
        _content = gzip ? new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true) : file;
    }

    /// <summary>False: the folder is missing or not writable, or the target is a folder; nothing was left behind.</summary>
    public static bool TryCreate(string path, bool gzip, [NotNullWhen(true)] out PageImageWriter? writer,
        [NotNullWhen(false)] out FormatError? error)
    {
        writer = null;
        error = null;
        string temporaryPath = $"{path}.{Environment.ProcessId}.{Guid.NewGuid():N}.tmp";
        try
        {
            if (Directory.Exists(path))
            {
                error = new FormatError(FormatErrorKind.NotAFile, $"{path}: is a directory");
                return false;
            }
            var file = new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
            writer = new PageImageWriter(path, temporaryPath, file, gzip);
            return true;
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            error = FormatError.From(path, thrown);
            return false;
        }
    }

    /// <summary>Writes one whole image. A name that ends in <c>.gz</c> asks for gzip.</summary>
    public static bool TryWriteAll(string path, ReadOnlySpan<ulong> entries, [NotNullWhen(false)] out FormatError? error)
    {
        if (!TryCreate(path, path.EndsWith(".gz", StringComparison.Ordinal), out PageImageWriter? writer, out error))
        {
            return false;
        }
        using (writer)
        {
            return writer.TryWrite(entries, out error) && writer.TryCommit(out error);
        }
    }

    /// <summary>Appends entries for the next pfns. False: the disk is full or gone; give up and dispose.</summary>
    public bool TryWrite(ReadOnlySpan<ulong> entries, [NotNullWhen(false)] out FormatError? error)
    {
        error = null;
        try
        {
            _content.Write(MemoryMarshal.AsBytes(entries));
            return true;
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            error = FormatError.From(_path, thrown);
            return false;
        }
    }

    /// <summary>Flushes to the disk and puts the file in place of any older one, in one step for readers.</summary>
    public bool TryCommit([NotNullWhen(false)] out FormatError? error)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        error = null;
        try
        {
            if (_content != _file)
            {
                _content.Dispose();
            }
            _file.Flush(flushToDisk: true);
            _file.Dispose();
            _closed = true;
            File.Move(_temporaryPath, _path, overwrite: true);
            _committed = true;
            return true;
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            error = FormatError.From(_path, thrown);
            return false;
        }
    }

    public void Dispose()
    {
        if (_committed)
        {
            return;
        }
        try
        {
            if (_content != _file)
            {
                _content.Dispose();
            }
            _file.Dispose();
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            // The write that failed was reported; what is left goes away with the file.
        }
        _closed = true;
        try
        {
            File.Delete(_temporaryPath);
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            // Nothing can be done about a folder that vanished; the target was never touched.
        }
    }
}
