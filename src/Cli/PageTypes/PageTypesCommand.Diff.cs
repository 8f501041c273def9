using System.Diagnostics.CodeAnalysis;
using MemCore.Lab.Formats;

namespace MemCore.Cli.PageTypes;

internal sealed partial class PageTypesCommand
{
    /// <summary>Walks two images side by side; a page counts when its flags in either image pass the filters.</summary>
    private static bool TryDiff(PageTypesOptions options, ImageCursor first, ImageCursor second, PageTypesOutput output,
        [NotNullWhen(false)] out FormatError? error)
    {
        error = null;
        var diff = new ImageDiff();
        foreach (PfnRange range in options.Ranges is [] ? [PfnRange.All] : options.Ranges)
        {
            if (!first.TryMoveTo(range.First, out error) || !second.TryMoveTo(range.First, out error)
                || !TryDiffRange(options, range, first, second, diff, out error))
            {
                return false;
            }
        }
        output.Diff(diff);
        return true;
    }

    private static bool TryDiffRange(PageTypesOptions options, PfnRange range, ImageCursor first, ImageCursor second, ImageDiff diff,
        [NotNullWhen(false)] out FormatError? error)
    {
        ulong View(ulong flags) => options.Raw ? Kpf.Expanded(flags) : Kpf.WellKnown(flags);

        long left = range.End - range.First;
        while (first.TryRead(left, out ReadOnlySpan<ulong> old, out error) && second.TryRead(left, out ReadOnlySpan<ulong> now, out error))
        {
            int shared = Math.Min(old.Length, now.Length);
            for (int i = 0; i < shared; i++)
            {
                (ulong before, ulong after) = (View(old[i]), View(now[i]));
                if (Wanted(options, before) || Wanted(options, after))
                {
                    diff.Add(before, after);
                }
            }
            diff.OnlyFirst += old.Length - shared;
            diff.OnlySecond += now.Length - shared;
            left -= Math.Max(old.Length, now.Length);
            if (old.IsEmpty && now.IsEmpty)
            {
                return true;
            }
        }
        return false;
    }
}
