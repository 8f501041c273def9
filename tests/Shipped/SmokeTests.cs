namespace MemCore.Tests;

public class SmokeTests
{
    [Fact]
    public void X() => Assert.True(true);
}
