using System.Text;
using System.Text.RegularExpressions;

namespace MemCore.Tests.Repo;

/// <summary>A source text taken apart: code without comments and strings, comments without code. Both keep every line where it was.</summary>
internal sealed partial record CodeText(string Code, string Comments)
{
    public static CodeText Of(string text)
    {
        var code = new StringBuilder(text);
        var comments = new StringBuilder(text.Length);
        foreach (char c in text) { comments.Append(c == '\n' ? '\n' : ' '); }
        foreach (Match token in Tokens().Matches(text))
        {
            bool isComment = token.ValueSpan.StartsWith("//") || token.ValueSpan.StartsWith("/*");
            for (int i = token.Index; i < token.Index + token.Length; i++)
            {
                if (text[i] == '\n') { continue; }
                code[i] = ' ';
                if (isComment) { comments[i] = text[i]; }
            }
        }
        return new CodeText(code.ToString(), comments.ToString());
    }

    public static int LineAt(string text, int index) => 1 + text.AsSpan(0, index).Count('\n');

    /// <summary>Every match of a pattern in the code, as findings.</summary>
    public static IEnumerable<Finding> Find(SourceFile file, Regex pattern, string what)
    {
        foreach (Match match in pattern.Matches(file.Split.Code))
        {
            yield return new Finding(file.Path, LineAt(file.Text, match.Index), what);
        }
    }

    // Comments, raw strings, verbatim strings, strings, characters. Expressions inside interpolations go with their string.
    [GeneratedRegex("""
        //[^\n]* | /\*.*?\*/ | \$*(?<q>"{3,}).*?\k<q>(?!") | (?:\$@|@\$|@)"(?:[^"]|"")*" | \$?"(?:\\.|[^"\\\n])*" | '(?:\\[^\n]+?|[^'\\\n])'
        """, RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Tokens();
}
