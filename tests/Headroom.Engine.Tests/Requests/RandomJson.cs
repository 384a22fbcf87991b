using FsCheck;
using FsCheck.Fluent;

namespace Headroom.Engine.Tests.Requests;

/// <summary>Random JSON text with the lexemes and the white space that a rewrite would change.</summary>
internal static class RandomJson
{
    private static readonly Gen<string> Number = Gen.Elements(
        "0", "-0", "1.0", "0.10", "1e400", "-1E+2", "1152921504606846976", "18446744073709551617", "3.141592653589793238462643");

    private static readonly Gen<string> Piece = Gen.Elements(
        "a", " ", "é", "😀", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "\\udc00\\ud83d", "\\/", "\\\\", "\\\"", "\\n", "\\b\\f\\r\\t",
        "\\u0000", "\\u001F", "tool_result;", "{\\\"role\\\":\\\"tool\\\"}", "\u007f", "\u2028");

    /// <summary>White space between two tokens, mostly none.</summary>
    public static readonly Gen<string> Space = Gen.Elements("", "", "", "", " ", "\n", "\t ", "\r\n    ");

    /// <summary>A string with its quotes; not always decodable.</summary>
    public static readonly Gen<string> Text = from pieces in Piece.ListOf() select $"\"{string.Concat(pieces)}\"";

    /// <summary>Any value; keys repeat, and are sometimes those that mean something elsewhere.</summary>
    public static Gen<string> Value(int depth) => depth == 0
        ? Gen.OneOf(Number, Text, Gen.Elements("true", "false", "null", "{}", "[]"))
        : Gen.OneOf(Value(0), List(Value(depth - 1)), Object(Gen.OneOf(Key, Gen.Elements("role", "content", "type", "text")), Value(depth - 1)));

    /// <summary>Keys without a meaning in any request.</summary>
    public static readonly Gen<string> Key = Gen.Elements("x", "y", "metadata", "x\\u0079", "\\ud800", "", "Role", "headroom_retrieve");

    /// <summary>A value that is no message, part or tool, whatever its inside says.</summary>
    public static readonly Gen<string> Stranger = Gen.OneOf(Value(0), List(Value(0)), Object(Key, Value(1)));

    private static Gen<string> List(Gen<string> element) =>
        from elements in Spaced(element).ListOf()
        select $"[{string.Join(",", elements)}]";

    private static Gen<string> Object(Gen<string> key, Gen<string> value) =>
        from members in Member(key, value).ListOf()
        select $"{{{string.Join(",", members)}}}";

    /// <summary>A member with white space around its tokens.</summary>
    public static Gen<string> Member(Gen<string> key, Gen<string> value) =>
        from k in Spaced(from k in key select $"\"{k}\"")
        from v in Spaced(value)
        select $"{k}:{v}";

    private static Gen<string> Spaced(Gen<string> token) =>
        from before in Space
        from t in token
        from after in Space
        select before + t + after;
}
