namespace MemCore.Lab.Formats;

/// <summary>The raw bytes of a file, with the first few looked at in advance and the last few remembered.</summary>
/// <remarks>
/// Reads forward only, so pipes and live files of <c>/proc</c> work like regular ones. Live files demand reads of whole 8-byte
/// entries, hence the head is 8 bytes. The last four bytes of a gzip file hold the length of its content.
/// </remarks>
internal sealed class ImageBytes : Stream
{
    private const int HeadBytes = 8;

    private readonly FileStream _file;
    private readonly byte[] _head = new byte[HeadBytes];
    private readonly byte[] _tail = new byte[sizeof(uint)];
    private int _headLength;
    private int _headRead;
    private int _tailLength;

    public ImageBytes(string path)
    {
        // One block of 1 MiB at a time is asked for by the readers; a buffer here would only copy.
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
        while (_headLength < HeadBytes)
        {
            int read = _file.Read(_head, _headLength, HeadBytes - _headLength);
            if (read == 0)
            {
                break;
            }
            _headLength += read;
        }
    }

    /// <summary>Length in bytes; 0 when the system does not tell (pipes, live files).</summary>
    public long KnownLength => _file.CanSeek ? _file.Length : 0;

    public bool StartsLikeGzip => _headLength >= 3 && _head[0] == 0x1f && _head[1] == 0x8b && _head[2] == 8;

    /// <summary>The last four bytes handed out so far, little-endian.</summary>
    public uint LastWord => BitConverter.ToUInt32(_tail);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int read;
        if (_headRead < _headLength)
        {
            read = Math.Min(buffer.Length, _headLength - _headRead);
            _head.AsSpan(_headRead, read).CopyTo(buffer);
            _headRead += read;
        }
        else
        {
            read = _file.Read(buffer);
        }
        Remember(buffer[..read]);
        return read;
    }

    /// <summary>Steps over bytes without reading them. False: not possible on this file, or too few bytes left; read instead.</summary>
    public bool TrySkip(long bytes)
    {
        if (!_file.CanSeek || _file.Length == 0 || _headRead < _headLength || _file.Length - _file.Position < bytes)
        {
            return false;
        }
        _file.Seek(bytes, SeekOrigin.Current);
        return true;
    }

    /// <summary>The word in the last four bytes of a regular file, 0 when it cannot be had. Leaves the position alone.</summary>
    public uint PeekLastWord()
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        bool whole = KnownLength >= sizeof(uint)
            && RandomAccess.Read(_file.SafeFileHandle, word, _file.Length - sizeof(uint)) == sizeof(uint);
        return whole ? BitConverter.ToUInt32(word) : 0;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= _tail.Length)
        {
            bytes[^_tail.Length..].CopyTo(_tail);
            _tailLength = _tail.Length;
            return;
        }
        foreach (byte value in bytes)
        {
            if (_tailLength == _tail.Length)
            {
                _tail.AsSpan(1).CopyTo(_tail);
                _tailLength--;
            }
            _tail[_tailLength++] = value;
        }
    }
}
