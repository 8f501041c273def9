using MemCore.Primitives;

namespace MemCore.Cli;

/// <summary>Settles which machine this process is before any engine type is touched, then runs the command.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (!ProcessSwitches.TryApply(args, out string complaint))
        {
            return CommandLine.Complain(complaint, args);
        }
        Seam.Settle();
        return CommandLine.Run(args);
    }
}
