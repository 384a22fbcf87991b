using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Retrieval;

/// <summary>What somebody wants of an original: all of it, or one part. At most one of the parts is set.</summary>
public sealed record RetrievalRequest
{
    private const string Example = """{"hash":"0123456789abcdef01234567","rows":"1-20"}""";

    /// <summary>The hash in a marker: 24 lower-case hex digits.</summary>
    public required string Hash { get; init; }

    /// <summary>Rows of what is a table or a list (an array of a JSON document, JSON lines, CSV), from 1, both ends included.</summary>
    public Span? Rows { get; init; }

    /// <summary>Lines of the text, from 1, both ends included.</summary>
    public Span? Lines { get; init; }

    /// <summary>A path in a JSON document (RFC 9535: names, indexes, slices and wildcards), for example <c>$.items[3].name</c>.</summary>
    public string? Path { get; init; }

    /// <summary>A text that rows or lines must hold, without regard to case; between slashes (<c>/a.*b/</c>) a regular expression.</summary>
    public string? Pattern { get; init; }

    /// <summary>
    /// Bytes, from 1, both ends included: what is left where a single line is too long for an answer. No tool's definition offers it; the message
    /// of the answer that was cut does.
    /// </summary>
    public Span? Bytes { get; init; }

    internal int Parts => (Rows is null ? 0 : 1) + (Lines is null ? 0 : 1) + (Path is null ? 0 : 1) + (Pattern is null ? 0 : 1) + (Bytes is null ? 0 : 1);

    /// <summary>
    /// Reads the arguments of a call of the retrieve tool:
    /// <c>{"hash":"...","rows":"1-20","lines":"10-40","path":"$.items[3]","pattern":"timeout"}</c>, all but the hash optional. What can
    /// only mean one thing is taken so: a whole marker for its hash, a number for its text, an empty part for none; other members are ignored.
    /// </summary>
    /// <param name="arguments">UTF-8 JSON as a model wrote it, so anything may be in it.</param>
    /// <param name="problem">What is wrong, in a sentence that lets a model mend its call; null when nothing is.</param>
    /// <returns>The request, or null when there is a problem.</returns>
    public static RetrievalRequest? Read(ReadOnlySpan<byte> arguments, out string? problem)
    {
        // :: Step 1: the members, as texts.
        string? hash = null, rows = null, lines = null, path = null, pattern = null, bytes = null;
        try
        {
            var reader = new Utf8JsonReader(arguments);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                problem = $"The arguments must be a JSON object such as {Example}.";
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (name is not ("hash" or "rows" or "lines" or "path" or "pattern" or "bytes"))
                {
                    reader.Skip();
                }
                else if (!TryText(ref reader, out var text))
                {
                    problem = $"The member {name} must be a string, as in {Example}.";
                    return null;
                }
                else
                {
                    switch (name)
                    {
                        case "hash": hash = text; break;
                        case "rows": rows = text; break;
                        case "lines": lines = text; break;
                        case "path": path = text; break;
                        case "bytes": bytes = text; break;
                        default: pattern = text; break;
                    }
                }
            }

            // What follows the object.
            _ = reader.Read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The reader tells apart what is no JSON from a string that is no text (a lone surrogate).
            problem = $"The arguments are not valid JSON; give an object such as {Example}.";
            return null;
        }

        // :: Step 2: what they mean.
        if (hash is null)
        {
            problem = $"The hash is missing: give the 24 hex digits of the marker, as in {Example}.";
            return null;
        }

        if (!TrySpan("rows", rows, out var rowSpan, out problem) || !TrySpan("lines", lines, out var lineSpan, out problem)
            || !TrySpan("bytes", bytes, out var byteSpan, out problem))
        {
            return null;
        }

        var request = new RetrievalRequest { Hash = HashIn(hash), Rows = rowSpan, Lines = lineSpan, Path = path, Pattern = pattern, Bytes = byteSpan };
        problem = request.Parts > 1 ? RetrievalMessage.SeveralParts : null;
        return problem is null ? request : null;
    }

    /// <summary>The first run of exactly so many hex digits as a hash has, in lower case; the text itself when it has none.</summary>
    internal static string HashIn(string text)
    {
        for (var start = 0; start < text.Length; start++)
        {
            var length = 0;
            while (start + length < text.Length && char.IsAsciiHexDigit(text[start + length]))
            {
                length++;
            }

            if (length == Marker.HashLength)
            {
                return text.Substring(start, length).ToLowerInvariant();
            }

            start += length;
        }

        return text.Trim();
    }

    private static bool TryText(ref Utf8JsonReader reader, out string? text)
    {
        text = reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
            _ => null,
        };
        var isText = text is not null || reader.TokenType == JsonTokenType.Null;
        text = string.IsNullOrWhiteSpace(text) ? null : text;
        return isText;
    }

    private static bool TrySpan(string name, string? text, out Span? span, out string? problem)
    {
        span = null;
        problem = null;
        if (text is null)
        {
            return true;
        }

        if (!Span.TryParse(text, out var parsed))
        {
            problem = $"The member {name} must be a range that counts from 1, such as 5, 5-10, 5- or -10.";
            return false;
        }

        span = parsed;
        return true;
    }

    /// <summary>A range of rows, lines or bytes, from 1, both ends included.</summary>
    /// <param name="First">The first, at least 1.</param>
    /// <param name="Last">The last, at least <paramref name="First"/>; beyond the end means the end.</param>
    public readonly record struct Span(long First, long Last)
    {
        /// <summary>Reads <c>5</c>, <c>5-10</c>, <c>5-</c> or <c>-10</c> (the first ten); false for anything else.</summary>
        public static bool TryParse(ReadOnlySpan<char> text, out Span span)
        {
            span = default;
            text = text.Trim();
            var dash = text.IndexOf('-');
            var from = dash < 0 ? text : text[..dash].TrimEnd();
            var to = dash < 0 ? text : text[(dash + 1)..].TrimStart();
            long first = 1, last = long.MaxValue;
            if ((from.IsEmpty && to.IsEmpty) || (!from.IsEmpty && !TryNumber(from, out first)) || (!to.IsEmpty && !TryNumber(to, out last)) || last < first)
            {
                return false;
            }

            span = new Span(first, last);
            return true;
        }

        private static bool TryNumber(ReadOnlySpan<char> text, out long number) =>
            long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= 1;
    }
}
