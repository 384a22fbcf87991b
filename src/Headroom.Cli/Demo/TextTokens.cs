using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headroom.Engine.Tokens;

namespace Headroom.Cli.Demo;

/// <summary>Counts a request body as a model reads it: the text of every string value, not its JSON spelling.</summary>
internal sealed partial class TextTokens(ITokenCounter counter)
{
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

    public int Count(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        return Strings(document.RootElement).Sum(Count);
    }

    /// <summary>All string values in document order.</summary>
    public static IEnumerable<string> Strings(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Strings),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Strings(p.Value)),
        _ => [],
    };

    private int Count(string text)
    {
        // Each store has its own key, and one hash may take a token or two more than another: all are counted as the same one.
        text = HashPattern().Replace(text, "hash=5e0c91a7d34f28b6c1f07a92");
        if (!_known.TryGetValue(text, out var tokens))
        {
            _known[text] = tokens = counter.Count(Encoding.UTF8.GetBytes(text));
        }

        return tokens;
    }

    [GeneratedRegex("hash=[0-9a-f]{24}", RegexOptions.CultureInvariant)]
    private static partial Regex HashPattern();
}
