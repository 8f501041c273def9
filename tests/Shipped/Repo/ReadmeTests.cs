namespace MemCore.Tests.Repo;

public sealed class ReadmeTests
{
    [Fact]
    public void EveryCommandOfTheReadmeDoesWhatItSays()
    {
        string path = Path.Combine(RepoFiles.Root, "README.md");
        Assert.True(File.Exists(path), "README.md is missing: its commands are what this test runs");
        IReadOnlyList<ReadmeCommand> commands = ReadmeCommands.In(File.ReadAllText(path), out IReadOnlyList<Finding> findings);
        RepoFiles.AssertNone(findings);
        Assert.True(commands.Count > 0, "README.md shows no command of the form 'dotnet run -c Release --project src/Cli -- ...' in a block marked sh");
        RepoFiles.AssertNone(commands.SelectMany(ReadmeCommands.Run));
    }

    [Fact]
    public void PromisesAreRead()
    {
        ReadmeCommand command = Assert.Single(ReadmeCommands.In(
            Block("<!-- test: exit 2, contains \"a b\", contains \"c\", run-as: soak --duration 3s -->", "dotnet run -c Release --project src/Cli -- soak --seed 7  # long"),
            out IReadOnlyList<Finding> findings));
        Assert.Empty(findings);
        Assert.Equal(("soak --seed 7", 2, "soak --duration 3s"), (command.Arguments, command.Exit, command.RunAs));
        Assert.Equal(["a b", "c"], command.Contains);
    }

    [Fact]
    public void ACommandWithoutAPromiseIsFound()
    {
        ReadmeCommands.In(Block("Try it:", "dotnet run --project src/Cli -- soak"), out IReadOnlyList<Finding> findings);
        RepoFiles.AssertFires(findings, "no line");
        ReadmeCommands.In(Block("<!-- not tested: asks for another machine -->", "dotnet run --project src/Cli -- soak"), out findings);
        Assert.Empty(findings);
    }

    [Fact]
    public void ABrokenPromiseIsFound()
    {
        IReadOnlyList<ReadmeCommand> commands = ReadmeCommands.In(
            Block("<!-- test: exit 99, contains \"never said by anyone\" -->", "dotnet run --project src/Cli -- --help"), out _);
        List<Finding> findings = [.. commands.SelectMany(ReadmeCommands.Run)];
        RepoFiles.AssertFires(findings, "promised 99");
        RepoFiles.AssertFires(findings, "did not say");
    }

    private static string Block(string before, string command) => $"# Title\n\n{before}\n```sh\n{command}\n```\n";
}
