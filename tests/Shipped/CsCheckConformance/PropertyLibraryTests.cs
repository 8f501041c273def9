namespace MemCore.Tests.CsCheckConformance;

public sealed class PropertyLibraryTests
{
    [Fact]
    public void TheRunNamesItsPropertyLibrary()
    {
        TestContext.Current.SendDiagnosticMessage("property library: {0}", PropertyLibrary.Name);
        TestContext.Current.TestOutputHelper?.WriteLine($"property library: {PropertyLibrary.Name}");
        Assert.Equal(PropertyLibrary.IsStandIn, PropertyLibrary.Name == "stand-in");
        Assert.Equal(PropertyLibrary.IsStandIn, typeof(CsCheck.Check).Assembly.GetName().Name == "MemCore.CsCheck.StandIn");
    }
}
