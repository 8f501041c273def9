using MemCore.Native;

namespace MemCore.Tests.Native;

public class ThreadPinningTests
{
    [Fact]
    public void APinnedThreadRunsOnItsCpuAndIsFreeAgainAfterRestore() => OwnThread.Run(() =>
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "asks the kernel where the thread runs");
        foreach (LogicalCpu cpu in CpuTopology.Current.Cpus)
        {
            PinResult pin = ThreadPinning.TryPin(cpu.Id);

            Assert.True(pin.IsPinned, pin.Reason);
            Assert.Equal(cpu.Id, LinuxAffinity.CurrentCpu());
            Assert.Equal([cpu.Id], LinuxAffinity.ThreadCpus(out int _)!);
        }
        Assert.True(ThreadPinning.TryRestore(out string reason), reason);
        Assert.Equal(LinuxAffinity.ProcessCpus(), LinuxAffinity.ThreadCpus(out int _));
    });

    [Theory]
    [InlineData(-1, "is not a number")]
    [InlineData(65536, "is not a number")]
    [InlineData(65535, "EINVAL")]
    [InlineData(2000, "cpuset (allowed: ")]
    public void ARefusedPinSaysWhyAndChangesNothing(int cpu, string part) => OwnThread.Run(() =>
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the reasons are Linux's");
        Assert.SkipWhen(CpuTopology.Current.Cpus.Any(known => known.Id == cpu), "this machine has that CPU");
        int[]? before = LinuxAffinity.ThreadCpus(out int _);

        PinResult pin = ThreadPinning.TryPin(cpu);

        Assert.False(pin.IsPinned);
        Assert.Contains(part, pin.Reason);
        Assert.DoesNotContain('\n', pin.Reason);
        Assert.Equal(before, LinuxAffinity.ThreadCpus(out int _));
    });

    [Fact]
    public void PinningOneThreadLeavesTheProcessMaskAlone() => OwnThread.Run(() =>
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads the process's mask");
        int[]? before = LinuxAffinity.ProcessCpus();
        ThreadPinning.TryPin(CpuTopology.Current.Cpus[0].Id);

        Assert.Equal(before, LinuxAffinity.ProcessCpus());
        Assert.Equal(before, CpuTopology.Read().Cpus.Select(cpu => cpu.Id));
    });

    [Theory]
    [InlineData(0)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(1023)]
    [InlineData(1024)]
    [InlineData(4095)]
    public void MasksHoldCpusOfAnyNumber(int cpu) => Assert.Equal([cpu], LinuxAffinity.CpusOf(LinuxAffinity.MaskOf(cpu)));
}
