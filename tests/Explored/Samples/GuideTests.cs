using System.Text.RegularExpressions;

namespace MemCore.Tests.Samples;

public class GuideTests
{
    private static readonly string s_root = Root();

    [Fact]
    public void CodeOfTheGuideIsCodeOfTheSamples()
    {
        string samples = string.Concat(Directory.EnumerateFiles(Path.Combine(s_root, "tests", "Explored", "Samples"), "*.cs").Select(Read));
        string[] blocks = [.. Regex.Matches(Read(Path.Combine(s_root, "src", "Lab", "EXPLORING-YOUR-CODE.md")), "```csharp\n(.*?)```", RegexOptions.Singleline)
            .Select(match => match.Groups[1].Value)];
        Assert.Equal(5, blocks.Length);
        Assert.All(blocks, block => Assert.Contains(block, samples, StringComparison.Ordinal));
    }

    [Fact]
    public void SwitchOfTheGuideIsTheOneOfThisProject()
    {
        string guide = Read(Path.Combine(s_root, "src", "Lab", "EXPLORING-YOUR-CODE.md"));
        string line = Regex.Match(guide, "```xml\n(.*?)\n```").Groups[1].Value;
        Assert.Contains(line, Read(Path.Combine(s_root, "tests", "Explored", "MemCore.Tests.Explored.csproj")), StringComparison.Ordinal);
    }

    [Fact]
    public void SamplesUseNothingThatAUserCannotSee()
    {
        HashSet<string> allowed = ["MemCore.Lab.Testing", "MemCore.Lab.Histories", "System.Numerics", "CsCheck"];
        foreach (string file in (string[])["LockFreeStack.cs", "LockFreeStackTests.cs", "BoundedQueue.cs", "SampleExplored.cs"])
        {
            string text = Read(Path.Combine(s_root, "tests", "Explored", "Samples", file));
            IEnumerable<string> used = Regex.Matches(text, @"^using (MemCore\S*);", RegexOptions.Multiline).Select(match => match.Groups[1].Value);
            Assert.All(used, name => Assert.Contains(name, allowed));
            Assert.DoesNotContain("Atomic.", text, StringComparison.Ordinal);
        }
        Assert.All(
            typeof(MemCore.Lab.Testing.SharedMemory).Assembly.GetTypes().Where(t => t.Namespace == "MemCore.Lab.Testing" && !t.IsNested && t.Name != "TestedModel`2"),
            type => Assert.True(type.IsPublic, type.Name));
    }

    private static string Read(string path) => File.ReadAllText(path).ReplaceLineEndings("\n");

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MemCore.sln"))) { folder = folder.Parent; }
        return folder!.FullName;
    }
}
