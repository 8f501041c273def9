using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace MemCore.Primitives;

/// <summary>Saves an arena to a file and loads it back, at rest. What a failing run leaves behind can be opened later.</summary>
/// <remarks><code>
/// "MEMCORE1"  version  columns   layout length   layout, its checksum     gzip of all columns in order     checksum of the data   "MEMCEND1"
/// 8 bytes     u32      u32       u32             ..., u64                 ...                              u64                    8 bytes
/// </code>
/// Little-endian. A file is written under another name and renamed when it is whole; a load verifies the whole file before it touches the
/// arena. Every refusal is one line.
/// </remarks>
internal static class ArenaImage
{
    public const int Version = 2;

    private const int ChunkBytes = 1 << 20;
    private const ulong FnvOffset = 14695981039346656037UL;

    private static ReadOnlySpan<byte> HeadMagic => "MEMCORE1"u8;

    private static ReadOnlySpan<byte> TailMagic => "MEMCEND1"u8;

    /// <summary>Writes all columns. False: <paramref name="error"/> says why, and no file of that name was begun.</summary>
    public static bool TrySave(Arena arena, string path, out string error)
    {
        string temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (FileStream file = new(temporary, FileMode.Create, FileAccess.Write))
            {
                byte[] layout = Layout(arena.Columns);
                Span<byte> head = stackalloc byte[20];
                HeadMagic.CopyTo(head);
                BinaryPrimitives.WriteInt32LittleEndian(head[8..], Version);
                BinaryPrimitives.WriteInt32LittleEndian(head[12..], arena.Columns.Count);
                BinaryPrimitives.WriteInt32LittleEndian(head[16..], layout.Length);
                file.Write(head);
                file.Write(layout);
                WriteChecksum(file, Fold(FnvOffset, layout));
                ulong sum = FnvOffset;
                using (GZipStream zip = new(file, CompressionLevel.Fastest, leaveOpen: true))
                {
                    foreach (ColumnInfo column in arena.Columns)
                    {
                        if (column.AtInRecord != 0) { continue; } // written with the record's first
                        for (long done = 0; done < column.SizeBytes; done += ChunkBytes)
                        {
                            int length = (int)Math.Min(ChunkBytes, column.SizeBytes - done);
                            ReadOnlySpan<byte> chunk = arena.BytesAtRest(column.OffsetBytes + done, length);
                            sum = Fold(sum, chunk);
                            zip.Write(chunk);
                        }
                    }
                }
                WriteChecksum(file, sum);
                file.Write(TailMagic);
            }
            File.Move(temporary, path, overwrite: true);
            error = string.Empty;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (File.Exists(temporary)) { File.Delete(temporary); }
            error = $"cannot write the image {path}: {e.Message}";
            return false;
        }
    }

    /// <summary>Loads an image into an arena of the same columns. False: <paramref name="error"/> says why, and the arena is as it was.</summary>
    public static bool TryLoad(Arena arena, string path, out string error)
    {
        // The first pass verifies, the second one writes.
        return TryPass(arena, path, apply: false, out error) && TryPass(arena, path, apply: true, out error);
    }

    private static bool TryPass(Arena arena, string path, bool apply, out string error)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            if (!TryHead(file, arena, path, out long dataStart, out error)) { return false; }
            if (file.Length < dataStart + 16 || !EndsAsWritten(file, out ulong expected))
            {
                error = $"{path} is truncated: the end of an image is missing";
                return false;
            }
            file.Position = dataStart;
            ulong sum = FnvOffset;
            byte[] buffer = new byte[ChunkBytes];
            using GZipStream zip = new(file, CompressionMode.Decompress, leaveOpen: true);
            foreach (ColumnInfo column in arena.Columns)
            {
                if (column.AtInRecord != 0) { continue; }
                for (long done = 0; done < column.SizeBytes; done += ChunkBytes)
                {
                    Span<byte> chunk = buffer.AsSpan(0, (int)Math.Min(ChunkBytes, column.SizeBytes - done));
                    if (zip.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false) < chunk.Length)
                    {
                        error = $"{path} is truncated: column '{column.Name}' is not complete";
                        return false;
                    }
                    sum = Fold(sum, chunk);
                    if (apply) { chunk.CopyTo(arena.BytesAtRest(column.OffsetBytes + done, chunk.Length)); }
                }
            }
            if (zip.ReadByte() >= 0 || sum != expected)
            {
                error = $"{path} is damaged: the checksum of its data is wrong";
                return false;
            }
            error = string.Empty;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            error = $"cannot read the image {path}: {e.Message}";
            return false;
        }
    }

    private static bool TryHead(FileStream file, Arena arena, string path, out long dataStart, out string error)
    {
        dataStart = 0;
        Span<byte> head = stackalloc byte[20];
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !head[..8].SequenceEqual(HeadMagic))
        {
            error = $"{path} is not an image of an arena";
            return false;
        }
        int version = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        if (version != Version)
        {
            error = $"{path} is an image of version {version}, this build reads version {Version}";
            return false;
        }
        int layoutLength = BinaryPrimitives.ReadInt32LittleEndian(head[16..]);
        if (layoutLength < 0 || BinaryPrimitives.ReadInt32LittleEndian(head[12..]) is <= 0 or > 10_000)
        {
            error = $"{path} is damaged: its layout has an impossible size";
            return false;
        }
        byte[] layout = new byte[Math.Min(layoutLength + 8L, file.Length)];
        if (file.ReadAtLeast(layout, layout.Length, throwOnEndOfStream: false) < layout.Length || layout.Length < layoutLength + 8L)
        {
            error = $"{path} is truncated: its layout is not complete";
            return false;
        }
        if (Fold(FnvOffset, layout.AsSpan(0, layoutLength)) != BinaryPrimitives.ReadUInt64LittleEndian(layout.AsSpan(layoutLength)))
        {
            error = $"{path} is damaged: the checksum of its layout is wrong";
            return false;
        }
        if (!layout.AsSpan(0, layoutLength).SequenceEqual(Layout(arena.Columns)))
        {
            error = $"{path} is the image of another machine: its columns differ in name, kind or size";
            return false;
        }
        dataStart = file.Position;
        error = string.Empty;
        return true;
    }

    private static bool EndsAsWritten(FileStream file, out ulong checksum)
    {
        Span<byte> tail = stackalloc byte[16];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        checksum = BinaryPrimitives.ReadUInt64LittleEndian(tail);
        return tail[8..].SequenceEqual(TailMagic);
    }

    private static byte[] Layout(IReadOnlyList<ColumnInfo> columns)
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes, Encoding.UTF8);
        foreach (ColumnInfo column in columns)
        {
            writer.Write(column.Name);
            writer.Write((byte)column.Kind);
            writer.Write((byte)column.ElementBytes);
            writer.Write(column.StrideBytes);
            writer.Write(column.AtInRecord);
            writer.Write(column.Count);
            writer.Write(column.CanonicalMask);
        }
        writer.Flush();
        return bytes.ToArray();
    }

    // Eight bytes a step; the order of chunks matters, their size (a multiple of 8 but for the last) does not.
    private static ulong Fold(ulong sum, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            sum = (sum ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 1099511628211UL;
            sum ^= sum >> 32;
            bytes = bytes[8..];
        }
        foreach (byte b in bytes) { sum = (sum ^ b) * 1099511628211UL; }
        return sum;
    }

    private static void WriteChecksum(FileStream file, ulong sum)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, sum);
        file.Write(bytes);
    }
}
