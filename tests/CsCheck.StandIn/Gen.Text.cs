namespace CsCheck;

/// <summary>ASCII first in size; a range includes both ends.</summary>
public sealed class GenChar : Gen<char>
{
    private const string Letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    public readonly Gen<char> AlphaNumeric = Among(Letters);

    private readonly Gen<char> _all = Ranges.Uniform('\0', char.MaxValue);

    public Gen<char> this[char start, char finish] => Ranges.Uniform(start, finish);

    public Gen<char> this[string chars] => Among(chars);

    public override char Generate(PCG pcg, Size? min, out Size size) => _all.Generate(pcg, min, out size);

    private static Gen<char> Among(string chars) => new GenFrom<char>((pcg, out size) =>
    {
        uint index = pcg.Next((uint)chars.Length);
        size = new Size(index);
        return chars[(int)index];
    });
}

/// <summary>Shorter is smaller.</summary>
public sealed class GenString : Gen<string>
{
    public readonly Gen<string> AlphaNumeric = Of(Gen.Char.AlphaNumeric.Array);

    private readonly Gen<string> _all = Of(Gen.Char.Array);

    public Gen<string> this[int start, int finish] => Of(Gen.Char.Array[start, finish]);

    public Gen<string> this[Gen<char> gen, int start, int finish] => Of(gen.Array[start, finish]);

    public Gen<string> this[Gen<char> gen] => Of(gen.Array);

    public Gen<string> this[string chars] => Of(Gen.Char[chars].Array);

    public override string Generate(PCG pcg, Size? min, out Size size) => _all.Generate(pcg, min, out size);

    private static Gen<string> Of(Gen<char[]> chars) => chars.Select(text => new string(text));
}
