using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace MemCore.Lab.Formats;

/// <summary>Reads a file of one little-endian u64 per pfn (kpageflags and its kin): plain, gzip, or live in <c>/proc</c>.</summary>
/// <remarks>
/// Forward only. Not for concurrent use; two images may be read by two threads. Nothing is buffered here: entries go straight into
/// the caller's memory, so large blocks (64 Ki entries or more) are fast and a span over native memory costs no copy.
/// </remarks>
internal sealed class PageImage : IDisposable
{
    public const int EntryBytes = sizeof(ulong);

    private const int BlockEntries = 128 * 1024;

    private readonly ImageBytes _bytes;
    private readonly Stream _content;

    private PageImage(string path, ImageBytes bytes)
    {
        Path = path;
        _bytes = bytes;
        IsGzip = bytes.StartsLikeGzip;
        _content = IsGzip ? new GZipStream(bytes, CompressionMode.Decompress) : bytes;
        EntriesHint = (IsGzip ? bytes.PeekLastWord() : bytes.KnownLength) / EntryBytes;
    }

    public string Path { get; }

    public bool IsGzip { get; }

    /// <summary>The number of entries if known in advance, else 0. Exact for plain files; a gzip file counts modulo 4 GiB.</summary>
    public long EntriesHint { get; }

    /// <summary>The pfn of the next entry.</summary>
    public long Position { get; private set; }

    /// <summary>False: <paramref name="error"/> says why in one line, and nothing stays open.</summary>
    public static bool TryOpen(string path, [NotNullWhen(true)] out PageImage? image, [NotNullWhen(false)] out FormatError? error)
    {
        image = null;
        ImageBytes? bytes = null;
        try
        {
            bytes = new ImageBytes(path);
            error = bytes.StartsLikeGzip || bytes.KnownLength % EntryBytes == 0 ? null : NotWhole(path, bytes.KnownLength);
            if (error is null)
            {
                image = new PageImage(path, bytes);
                return true;
            }
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            error = FormatError.From(path, thrown);
        }
        bytes?.Dispose();
        return false;
    }

    /// <summary>Reads a whole file into an array of exactly its length.</summary>
    public static bool TryReadAll(string path, [NotNullWhen(true)] out ulong[]? entries, [NotNullWhen(false)] out FormatError? error)
    {
        entries = null;
        if (!TryOpen(path, out PageImage? image, out error))
        {
            return false;
        }
        using (image)
        {
            // One entry more than expected, so that the end is seen without growing.
            ulong[] buffer = GC.AllocateUninitializedArray<ulong>((int)Math.Clamp(image.EntriesHint + 1, BlockEntries, int.MaxValue / 16));
            int filled = 0;
            while (image.TryRead(buffer.AsSpan(filled), out int read, out error))
            {
                filled += read;
                if (filled < buffer.Length)
                {
                    Array.Resize(ref buffer, filled);
                    entries = buffer;
                    return true;
                }
                Array.Resize(ref buffer, checked(filled * 2));
            }
            return false;
        }
    }

    /// <summary>
    /// Fills <paramref name="entries"/>; fewer only at the end of the file, zero once it is reached.
    /// False: the rest cannot be had, and what was read into <paramref name="entries"/> means nothing.
    /// </summary>
    public bool TryRead(Span<ulong> entries, out int read, [NotNullWhen(false)] out FormatError? error)
    {
        Span<byte> wanted = MemoryMarshal.AsBytes(entries);
        int filled = 0;
        read = 0;
        error = null;
        try
        {
            while (filled < wanted.Length)
            {
                int got = _content.Read(wanted[filled..]);
                if (got == 0)
                {
                    error = CheckEnd(filled);
                    break;
                }
                filled += got;
            }
        }
        catch (InvalidDataException)
        {
            error = new FormatError(FormatErrorKind.Corrupt,
                $"{Path}: corrupt gzip data after {Position + filled / EntryBytes} entries");
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            error = FormatError.From(Path, thrown);
        }
        if (error is not null)
        {
            return false;
        }
        read = filled / EntryBytes;
        Position += read;
        return true;
    }

    /// <summary>Moves forward to <paramref name="pfn"/>, or to the end of a shorter file. A gzip file is read in between.</summary>
    public bool TrySkipTo(long pfn, [NotNullWhen(false)] out FormatError? error)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(pfn, Position);
        error = null;
        if (!IsGzip && _bytes.TrySkip((pfn - Position) * EntryBytes))
        {
            Position = pfn;
            return true;
        }
        ulong[] unwanted = new ulong[Math.Min(pfn - Position, BlockEntries)];
        while (Position < pfn)
        {
            if (!TryRead(unwanted.AsSpan(0, (int)Math.Min(pfn - Position, unwanted.Length)), out int read, out error))
            {
                return false;
            }
            if (read == 0)
            {
                break;
            }
        }
        return true;
    }

    public void Dispose()
    {
        _content.Dispose();
        _bytes.Dispose();
    }

    /// <summary>The library takes the end of a cut-off gzip file for the end of its content; the length at its end tells.</summary>
    private FormatError? CheckEnd(int filledBytes)
    {
        long total = Position * EntryBytes + filledBytes;
        if (IsGzip && _bytes.LastWord != (uint)total)
        {
            return new FormatError(FormatErrorKind.Truncated,
                $"{Path}: gzip data is cut off after {total / EntryBytes} entries (or made of several gzip members)");
        }
        return total % EntryBytes == 0 ? null : NotWhole(Path, total);
    }

    private static FormatError NotWhole(string path, long length) => new(FormatErrorKind.NotWholeEntries,
        $"{path}: {length} bytes are not a whole number of 8-byte entries: cut off, or not a page image");
}
