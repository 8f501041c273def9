using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MemCore.Perf.Bars;

/// <summary>One JSON object on one line.</summary>
internal static class JsonLine
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Action<Utf8JsonWriter> members)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, s_options))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>Null when there is no such number.</summary>
    public static void Number(Utf8JsonWriter json, string name, double? value, int digits = 2)
    {
        if (value is { } number && double.IsFinite(number)) { json.WriteNumber(name, Math.Round(number, digits)); }
        else { json.WriteNull(name); }
    }
}
