using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Formats;

namespace MemCore.Cli.PageTypes;

/// <summary>An image read in blocks from any pfn; going back reopens the file, which only several ranges on one command line do.</summary>
internal sealed class ImageCursor(string path) : IDisposable
{
    /// <summary>As large as the kernel tool's own reads, which show in its listings.</summary>
    public const int BlockEntries = 64 * 1024;

    private readonly ulong[] _block = new ulong[BlockEntries];
    private PageImage? _image;

    public string Path { get; } = path;

    /// <summary>False: the file cannot be opened, or ends in rubbish before <paramref name="pfn"/>.</summary>
    public bool TryMoveTo(long pfn, [NotNullWhen(false)] out FormatError? error)
    {
        error = null;
        if (_image is not null && _image.Position > pfn)
        {
            _image.Dispose();
            _image = null;
        }
        return (_image is not null || PageImage.TryOpen(Path, out _image, out error)) && _image.TrySkipTo(pfn, out error);
    }

    /// <summary>Up to <paramref name="most"/> entries, at most a block; empty at the end. Valid until the next call.</summary>
    public bool TryRead(long most, out ReadOnlySpan<ulong> entries, [NotNullWhen(false)] out FormatError? error)
    {
        entries = default;
        Span<ulong> wanted = _block.AsSpan(0, (int)Math.Min(most, BlockEntries));
        if (!_image!.TryRead(wanted, out int read, out error))
        {
            return false;
        }
        entries = wanted[..read];
        return true;
    }

    public void Dispose() => _image?.Dispose();
}
