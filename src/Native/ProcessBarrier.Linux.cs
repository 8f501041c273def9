namespace MemCore.Native;

internal static partial class ProcessBarrier
{
    private const int CommandQuery = 0;
    private const int CommandPrivateExpedited = 1 << 3;
    private const int CommandRegisterPrivateExpedited = 1 << 4;

    private static bool TryRegisterLinux()
    {
        nint commands = Syscall.Membarrier(CommandQuery);
        return commands > 0
            && (commands & CommandPrivateExpedited) != 0
            && Syscall.Membarrier(CommandRegisterPrivateExpedited) == 0;
    }

    private static bool TryExpeditedLinux() => Syscall.Membarrier(CommandPrivateExpedited) == 0;
}
