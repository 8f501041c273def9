using System.Diagnostics.CodeAnalysis;
using MemCore.Engine;
using MemCore.Lab.Formats;
using MemCore.Lab.Host;

namespace MemCore.Lab.Soak;

/// <summary>The machine as a run left it, under the names that a kernel gives such files: another run may start from them.</summary>
internal sealed class FinalState(Machine machine, HostBits bits, ZoneLayout zones, int frames)
{
    /// <summary>Writes each file whole or not at all. False: one line says which could not be written. At rest only.</summary>
    public bool TrySave(string directory, [NotNullWhen(false)] out string? reason)
    {
        reason = null;
        try
        {
            Directory.CreateDirectory(directory);
            if (!HostExporter.TryWrite(machine.Frames, machine.Allocator, bits, frames, Path.Combine(directory, "kpageflags.gz"),
                Path.Combine(directory, "kpagecount.gz"), out HostError? error))
            {
                reason = error.Message;
                return false;
            }
            Save(Path.Combine(directory, "buddyinfo.txt"), HostTexts.BuddyInfo(machine.Allocator, zones));
            Save(Path.Combine(directory, "pagetypeinfo.txt"), HostTexts.PageTypeInfo(machine.Frames, machine.Allocator, zones));
            Save(Path.Combine(directory, "vmstat.txt"), HostTexts.VmStat(machine.Frames, machine.Allocator, VmStat.EventsOf(machine)));
            return true;
        }
        catch (Exception thrown) when (FormatError.IsExpected(thrown))
        {
            reason = FormatError.From(directory, thrown).Message;
            return false;
        }
    }

    private static void Save(string path, string text)
    {
        string unfinished = path + ".tmp";
        File.WriteAllText(unfinished, text);
        File.Move(unfinished, path, overwrite: true);
    }
}
