using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Files;

namespace Headroom.Engine.Rules;

/// <summary>
/// Reads <c>headroom.rules.json</c>: <c>{"rules":[{"tool":"Bash","command":"git log*","kind":"diff","level":"lossless","budget":1500,"exclude":false,"keep":["TODO"]}]}</c>.
/// Comments and trailing commas are allowed. <c>docs/headroom.rules.schema.json</c> is the schema; whatever it does not name is an error, so that a
/// misspelled rule is not a silent one.
/// </summary>
public static class CompressionRulesFile
{
    private static readonly JsonReaderOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>How patterns of what to keep are read: one that is tried on every row must not be able to run away.</summary>
    public const RegexOptions KeepOptions = RegexOptions.CultureInvariant | RegexOptions.NonBacktracking;

    /// <summary>Reads a file of rules.</summary>
    /// <param name="path">Where it is.</param>
    /// <exception cref="CompressionRulesException">It cannot be read, or says something that is no rule: the message gives file, line and column.</exception>
    public static CompressionRules Read(string path)
    {
        byte[] utf8;
        try
        {
            utf8 = InputFile.Read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CompressionRulesException(path, failure);
        }

        return Parse(utf8, path);
    }

    /// <summary>The rules of a data directory; none when it has no <see cref="CompressionRules.FileName"/>.</summary>
    /// <param name="directory">The data directory.</param>
    /// <exception cref="CompressionRulesException">There is one, but it cannot be read or says something that is no rule.</exception>
    public static CompressionRules ReadFrom(string directory) =>
        Path.Combine(directory, CompressionRules.FileName) is var path && File.Exists(path) ? Read(path) : CompressionRules.None;

    /// <summary>Reads rules from JSON.</summary>
    /// <param name="utf8">The JSON, with or without a byte order mark.</param>
    /// <param name="file">The name for messages.</param>
    /// <exception cref="CompressionRulesException">It says something that is no rule.</exception>
    public static CompressionRules Parse(ReadOnlySpan<byte> utf8, string file)
    {
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
        {
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        }

        var json = new Parser(utf8, file);
        try
        {
            return json.ReadFile();
        }
        catch (JsonException failure)
        {
            // The reader's own message ends with the place in its own spelling.
            var message = failure.Message.Split(" LineNumber:", 2)[0];
            throw new CompressionRulesException(file, (int)(failure.LineNumber ?? 0) + 1, (int)(failure.BytePositionInLine ?? 0) + 1, message);
        }
    }

    private ref struct Parser(ReadOnlySpan<byte> utf8, string file)
    {
        private readonly ReadOnlySpan<byte> _utf8 = utf8;
        private Utf8JsonReader _json = new(utf8, Options);

        public CompressionRules ReadFile()
        {
            _json.Read();
            Require(JsonTokenType.StartObject, "a file of rules is an object with \"rules\"");
            List<CompressionRule>? rules = null;
            while (NextMember(out var name))
            {
                switch (name)
                {
                    case "rules" when rules is null:
                        rules = ReadRules();
                        break;
                    case "$schema":
                        Require(JsonTokenType.String, "\"$schema\" is a string");
                        break;
                    case "rules":
                        throw Wrong("\"rules\" is there twice");
                    default:
                        throw Wrong($"there is no \"{name}\" here; a file has \"rules\"");
                }
            }

            if (rules is null)
            {
                throw Wrong("a file of rules has \"rules\"");
            }

            // Throws on anything but white space and comments.
            _json.Read();
            return new CompressionRules(rules);
        }

        private List<CompressionRule> ReadRules()
        {
            Require(JsonTokenType.StartArray, "\"rules\" is an array");
            var rules = new List<CompressionRule>();
            while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
            {
                Require(JsonTokenType.StartObject, "a rule is an object");
                rules.Add(ReadRule());
            }

            return rules;
        }

        private CompressionRule ReadRule()
        {
            var rule = new CompressionRule();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (NextMember(out var name))
            {
                if (!seen.Add(name))
                {
                    throw Wrong($"\"{name}\" is there twice");
                }

                rule = name switch
                {
                    "tool" => rule with { Tools = Texts(name) },
                    "command" => rule with { Commands = Texts(name) },
                    "kind" => rule with { Kind = Member<ContentKind>(name, ContentKindCode.Code) },
                    "level" => rule with { Level = Member(name, (CompressionLevel level) => level.ToString().ToLowerInvariant()) },
                    "budget" => rule with { Budget = PositiveNumber(name) },
                    "exclude" => rule with { Exclude = Flag(name) },
                    "keep" => rule with { Keep = Patterns(name) },
                    _ => throw Wrong($"a rule has no \"{name}\"; it may have tool, command, kind, level, budget, exclude, keep"),
                };
            }

            return seen.Contains("tool") || seen.Contains("command") ? rule : throw Wrong("a rule names a \"tool\" or a \"command\"");
        }

        private bool NextMember(out string name)
        {
            _json.Read();
            name = _json.TokenType == JsonTokenType.PropertyName ? Text() : "";
            if (_json.TokenType != JsonTokenType.PropertyName)
            {
                return false;
            }

            _json.Read();
            return true;
        }

        private List<string> Texts(string name)
        {
            var texts = new List<string>();
            foreach (var (text, _) in Strings(name))
            {
                texts.Add(text);
            }

            return texts;
        }

        private List<Regex> Patterns(string name)
        {
            var patterns = new List<Regex>();
            foreach (var (text, at) in Strings(name))
            {
                try
                {
                    patterns.Add(new Regex(text, KeepOptions));
                }
                catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
                {
                    throw Wrong($"\"{text}\" is no usable pattern: {failure.Message}", at);
                }
            }

            return patterns;
        }

        // One string, or an array of them.
        private List<(string Text, long At)> Strings(string name)
        {
            var strings = new List<(string, long)>();
            if (_json.TokenType == JsonTokenType.StartArray)
            {
                while (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
                {
                    Add(ref this);
                }

                return strings.Count > 0 ? strings : throw Wrong($"\"{name}\" is empty");
            }

            Add(ref this);
            return strings;

            void Add(ref Parser parser)
            {
                parser.Require(JsonTokenType.String, $"\"{name}\" is a string or an array of strings");
                var text = parser.Text();
                strings.Add(text.Length > 0 ? (text, parser._json.TokenStartIndex) : throw parser.Wrong($"\"{name}\" has an empty string"));
            }
        }

        private readonly T Member<T>(string name, Func<T, string> code) where T : struct, Enum
        {
            Require(JsonTokenType.String, $"\"{name}\" is a string");
            var text = Text();
            foreach (var value in Enum.GetValues<T>())
            {
                if (text == code(value))
                {
                    return value;
                }
            }

            throw Wrong($"\"{text}\" is no {name}; one of: {string.Join(", ", Enum.GetValues<T>().Select(code))}");
        }

        private readonly int PositiveNumber(string name) =>
            _json.TokenType == JsonTokenType.Number && _json.TryGetInt32(out var number) && number > 0
                ? number
                : throw Wrong($"\"{name}\" is a number of tokens from 1 to {int.MaxValue}");

        private readonly bool Flag(string name) =>
            _json.TokenType is JsonTokenType.True or JsonTokenType.False
                ? _json.TokenType == JsonTokenType.True
                : throw Wrong($"\"{name}\" is true or false");

        private readonly string Text()
        {
            try
            {
                return _json.GetString()!;
            }
            catch (InvalidOperationException)
            {
                throw Wrong("a string holds half a surrogate pair");
            }
        }

        private readonly void Require(JsonTokenType type, string rule)
        {
            if (_json.TokenType != type)
            {
                throw Wrong(rule);
            }
        }

        private readonly CompressionRulesException Wrong(string problem) => Wrong(problem, _json.TokenStartIndex);

        private readonly CompressionRulesException Wrong(string problem, long at)
        {
            var before = _utf8[..(int)at];
            var line = before[(before.LastIndexOf((byte)'\n') + 1)..];
            return new CompressionRulesException(file, before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(line) + 1, problem);
        }
    }
}
