using System.Text;
using System.Text.Json;

namespace Headroom.Engine.Requests;

/// <summary>The name that a client gives its session.</summary>
internal static class SessionName
{
    // A name with less in one piece may be everybody's: keys such as "my-app-v1" are meant to be shared.
    private const int FewestLetters = 16;
    private const int FewestDigits = 4;

    /// <summary>The name; null when there is none that is surely one session's own.</summary>
    /// <param name="given">The name that the client gives beside the body.</param>
    /// <param name="body">The body.</param>
    /// <param name="map">What it holds.</param>
    public static string? Of(string? given, ReadOnlySpan<byte> body, RequestMap map) =>
        OneOfAKind(given) ?? OneOfAKind(Text(body[map.PromptCacheKey])) ?? OneOfAKind(OfUser(Text(body[map.Metadata], "user_id")));

    // Claude Code writes user, account and session into one string: as JSON, earlier joined by underlines.
    private static string? OfUser(string? user)
    {
        const string Joint = "_session_";
        return user is null ? null
            : user.StartsWith('{') ? Text(Encoding.UTF8.GetBytes(user), "session_id")
            : user.LastIndexOf(Joint, StringComparison.Ordinal) is >= 0 and var at ? user[(at + Joint.Length)..]
            : null;
    }

    // The string that a value is, or the one that its member is.
    private static string? Text(ReadOnlySpan<byte> json, string? member = null)
    {
        try
        {
            var reader = new Utf8JsonReader(json);
            if (json.IsEmpty || !reader.Read())
            {
                return null;
            }

            if (member is not null)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    return null;
                }

                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName && !reader.ValueTextEquals(member))
                {
                    reader.Skip();
                }

                reader.Read();
            }

            return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? OneOfAKind(string? name)
    {
        if (name is null || Guid.TryParse(name, out _))
        {
            return name;
        }

        var (run, digits) = (0, 0);
        foreach (var letter in name)
        {
            (run, digits) = char.IsAsciiLetterOrDigit(letter) ? (run + 1, digits + (char.IsAsciiDigit(letter) ? 1 : 0)) : (0, 0);
            if (run >= FewestLetters && digits >= FewestDigits)
            {
                return name;
            }
        }

        return null;
    }
}
