using System.Text.RegularExpressions;

namespace MemCore.Tests.Repo;

/// <summary>Shared words have one door, and an operation must be able to start again: what the engine may not contain.</summary>
internal static partial class SeamRules
{
    /// <summary>Files of set-up types, which run before there are threads, with the reason.</summary>
    private static readonly Dictionary<string, string> s_setUp = new(StringComparer.Ordinal);

    public static IEnumerable<string> SetUpFiles => s_setUp.Keys;

    /// <summary>The engine reaches shared words through Atomic: nothing of the bare kind outside Primitives.</summary>
    public static IEnumerable<Finding> BareWords(SourceFile file) => !IsEngine(file) ? [] :
    [
        .. CodeText.Find(file, BareAtomics(), "bare Interlocked, Volatile or Monitor"),
        .. CodeText.Find(file, LockStatement(), "lock statement"),
        .. CodeText.Find(file, ThreadStatics(), "thread-static state"),
        .. CodeText.Find(file, Pointers(), "pointer, fixed or Unsafe"),
    ];

    /// <summary>An operation that is started again from its beginning must not have clean-up of its own.</summary>
    public static IEnumerable<Finding> CleanUp(SourceFile file) =>
        !IsEngine(file) || s_setUp.ContainsKey(file.Path) ? [] : CodeText.Find(file, CleanUpStatements(), "try, catch, finally or a using statement");

    /// <summary>A test that sleeps hopes.</summary>
    public static IEnumerable<Finding> Sleeps(SourceFile file) => CodeText.Find(file, SleepCalls(), "a sleep in a test");

    private static bool IsEngine(SourceFile file) =>
        file.Path.StartsWith("src/Core/", StringComparison.Ordinal) && !file.Path.StartsWith("src/Core/Primitives/", StringComparison.Ordinal);

    [GeneratedRegex(@"\b(?:Interlocked|Volatile|Monitor)\s*\.")]
    private static partial Regex BareAtomics();

    [GeneratedRegex(@"\block\s*\(")]
    private static partial Regex LockStatement();

    [GeneratedRegex(@"\[\s*ThreadStatic|\b(?:ThreadLocal|AsyncLocal)\s*<")]
    private static partial Regex ThreadStatics();

    [GeneratedRegex(@"\bUnsafe\s*\.|\bfixed\s*\(|\bunsafe\b|\bdelegate\s*\*|\b(?:void|bool|byte|sbyte|char|short|ushort|int|uint|long|ulong|nint|nuint)\s*\*")]
    private static partial Regex Pointers();

    [GeneratedRegex(@"\b(?:try|finally|catch)\b|\busing\s*\(|\busing\s+[\w.<>\[\],?]+\s+\w+\s*=")]
    private static partial Regex CleanUpStatements();

    [GeneratedRegex(@"\bThread\s*\.\s*Sleep\b|\bTask\s*\.\s*Delay\b")]
    private static partial Regex SleepCalls();
}
