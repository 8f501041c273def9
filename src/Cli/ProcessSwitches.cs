using MemCore.Lab.Soak;

namespace MemCore.Cli;

/// <summary>Decides from the raw arguments which machine the process becomes. Runs before the engine's switches are read.</summary>
/// <remarks>The real parser comes later and reports what is wrong; here only what changes compiled code matters.</remarks>
internal static class ProcessSwitches
{
    private const string Explore = "MemCore.Explore";
    private const string Chaos = "MemCore.Chaos";
    private const string Checked = "MemCore.Checked";
    private const string Plant = "MemCore.Plant";

    /// <summary>Sets the switches. False: a file that decides cannot be read; the reason is one line.</summary>
    public static bool TryApply(string[] args, out string complaint)
    {
        complaint = string.Empty;
        switch (args.FirstOrDefault(a => !a.StartsWith('-')))
        {
            case "explore":
                ApplyExplore();
                break;
            case "replay":
                return TryApplyReplay(args, out complaint);
            case "soak" when ValueOf(args, "--resume") is { } directory:
                ApplyResume(directory);
                break;
            case "soak":
                ApplySoak(args);
                break;
        }
        if (ValueOf(args, "--plant") is not null) { AppContext.SetSwitch(Plant, true); }
        return true;
    }

    /// <summary>The value of an option in either spelling, without judging the rest.</summary>
    internal static string? ValueOf(string[] args, string option)
    {
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == option && i + 1 < args.Length) { return args[i + 1]; }
            if (args[i].StartsWith(option, StringComparison.Ordinal) && args[i].Length > option.Length && args[i][option.Length] is '=' or ':')
            {
                return args[i][(option.Length + 1)..];
            }
        }
        return null;
    }

    private static void ApplySoak(string[] args)
    {
        if (ValueOf(args, "--chaos") is { } level && level != "off") { AppContext.SetSwitch(Chaos, true); }
        if (args.Contains("--checked")) { AppContext.SetSwitch(Checked, true); }
    }

    // The run was started as its journal says. One that cannot be read is refused later, by the verb.
    private static void ApplyResume(string directory)
    {
        if (!JournalFile.TryRead(directory, out JournalFile? journal, out _)) { return; }
        string[] arguments = [.. journal.Start.Arguments];
        ApplySoak(arguments);
        if (ValueOf(arguments, "--plant") is not null) { AppContext.SetSwitch(Plant, true); }
    }

    // A schedule is explored; a repro file of a soak is run again on the machine that found it.
    private static bool TryApplyReplay(string[] args, out string complaint)
    {
        complaint = string.Empty;
        string? file = args.SkipWhile(a => a != "replay").Skip(1).FirstOrDefault(a => !a.StartsWith('-'));
        if (file is null || !File.Exists(file) || IsSchedule(file))
        {
            ApplyExplore();
            return true;
        }
        if (!ReproFile.TryRead(file, out ReproFile? repro, out complaint)) { return false; }
        if (repro.IsSoak)
        {
            ApplySoak([.. repro.Arguments]);
            if (ValueOf([.. repro.Arguments], "--plant") is not null) { AppContext.SetSwitch(Plant, true); }
        }
        else
        {
            ApplyExplore();
        }
        return true;
    }

    // Variants plant mistakes on purpose: the search is seen to find them.
    private static void ApplyExplore()
    {
        AppContext.SetSwitch(Explore, true);
        AppContext.SetSwitch(Plant, true);
    }

    private static bool IsSchedule(string file)
    {
        try
        {
            using StreamReader reader = new(file);
            char[] head = new char[3];
            return reader.ReadBlock(head) == 3 && head[0] == 'v' && char.IsAsciiDigit(head[1]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
