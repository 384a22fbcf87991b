using System.Text;
using System.Text.Json;

namespace Headroom.Engine.Requests;

/// <summary>The name that a client gives its session in a body.</summary>
internal static class SessionName
{
    // A name with less in one piece may be everybody's: keys such as "my-app-v1" are meant to be shared.
    private const int Fewest = 16;

    /// <summary>The name; null when there is none, or none that is surely one session's own.</summary>
    public static string? In(ReadOnlySpan<byte> body, RequestMap map)
    {
        try
        {
            return Text(body, map.PromptCacheKey) is { } key && IsOneOfAKind(key) ? key : OfUser(body, map.Metadata);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // Claude Code writes user, account and session into one string: as JSON, earlier joined by underlines.
    private static string? OfUser(ReadOnlySpan<byte> body, Range metadata)
    {
        if (metadata.Equals(default) || Member(body[metadata], "user_id"u8) is not { } user)
        {
            return null;
        }

        const string Joint = "_session_";
        var name = user.StartsWith('{') ? Member(Encoding.UTF8.GetBytes(user), "session_id"u8)
            : user.LastIndexOf(Joint, StringComparison.Ordinal) is >= 0 and var at ? user[(at + Joint.Length)..]
            : null;
        return name is not null && IsOneOfAKind(name) ? name : null;
    }

    private static string? Text(ReadOnlySpan<byte> body, Range place) =>
        place.Equals(default) ? null : String(body[place]);

    private static string? String(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
    }

    private static string? Member(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name)
    {
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt)
            {
                return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }

            reader.Skip();
        }

        return null;
    }

    private static bool IsOneOfAKind(string name)
    {
        if (Guid.TryParse(name, out _))
        {
            return true;
        }

        var run = 0;
        var hasDigit = false;
        foreach (var letter in name)
        {
            (run, hasDigit) = char.IsAsciiLetterOrDigit(letter) ? (run + 1, hasDigit || char.IsAsciiDigit(letter)) : (0, false);
            if (run >= Fewest && hasDigit)
            {
                return true;
            }
        }

        return false;
    }
}
