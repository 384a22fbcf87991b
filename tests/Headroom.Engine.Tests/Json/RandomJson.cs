using System.Globalization;
using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;

namespace Headroom.Engine.Tests.Json;

/// <summary>A random document, its size and shape drawn so that tables, and everything that disturbs them, are common.</summary>
public sealed record RandomJson(string Text)
{
    private static readonly string[] Scalars =
    [
        "null", "true", "false", "0", "1", "-0", "1.0", "1e-07", "1E+400", "12345678901234567890", "0.1", "-5", "\"\"", "\"1\"", "\"true\"",
        "\"null\"", "\"007\"", "\" x\"", "\"x \"", "\"a,b\"", "\"a;b\"", "\"(a)\"", "\"{\"", "\"[1]\"", "\"]\"", "\"!x\"", "\"@json{}\"",
        "\"a\\nb\"", "\"a\\\"b\"", "\"a\\\\b\"", "\"\\u00e9\"", "\"é\"", "\"\\ud83d\\ude00\"", "\"\\ud800\"", "\"\\/\"", "\"\\u0000\"",
        "\"\\u2028\"", "\"x=y\"", "\"k:str\"", "\"-\"", "\"1.\"", "\"1e5\"", "\"C:\\\\x\"", "\"abc\"", "\"abc def\"", "\"2025-01-01T12:00:00Z\"",
        "\"[3]{a,b}\"", "\"{\\\"a\\\": 1, \\\"b\\\": [1, 2, {\\\"ccccccccccc\\\": \\\"d\\\\\\\"\\\"}], \\\"e\\\": null}\"",
        "\"{\\\"a\\\":1,\\\"b\\\":[1,2,{\\\"cccccccccccccccccccc\\\":\\\"d\\\"}]}\"",
        "\"[\\n  {\\n    \\\"a\\\": 1,\\n    \\\"b\\\": {}\\n  },\\n  {\\n    \\\"a\\\": \\\"\\\\u00e9\\\",\\n    \\\"b\\\": []\\n  }\\n]\"",
        "\"{\\\"a\\\":1 , \\\"b\\\":[1,2,{\\\"odd spacing\\\":\\\"d\\\"}]}\"",
        "\"0..9\"", "\"9..0..-3\"", "\"1..\"", "\"a x3\"", "\"5 x40\"", "\" x3\"", "\"a*b\"", "\"*\"", "\"1*\"", "\"a{b}\"", "\"a:b\"", "\"key\"", "9007199254740993",
    ];

    private static readonly string[] Keys =
        ["id", "name", "a", "b", "key", "3", "a.b", "x y", "k,1", "k:str", "k=1", "k[0]", "{k}", "\\u0061", "é", "", "\\\"", "line\\nbreak", "(p)", "m?", "-1", "1"];

    private static readonly string[] Sentences =
        ["\"Tokens expire after an hour without use.\"", "\"one, two; (three)\"", "\"say \\\"it\\\" twice\"", "\"a line\\nand another line of text\"", "\"true\"", "\"\""];

    private static readonly (string, string)[] Ends =
        [("doc_", ""), ("", "@example.com"), ("https://example.com/a/b/", ".html"), ("x,", ";y"), ("2025-05-", "T00:00:00.000Z"), ("*-", "-*"), ("(", ")"), ("-", "-"), (" ", " ")];

    private static readonly string[] Middles = ["", "1", "true", "a,b", "a;b)", "abc", "-", "_", "x-y", " ", "null", "*", "@", "!", "1.0"];

    public override string ToString() => Text;

    public static Arbitrary<RandomJson> Arbitrary() =>
        Gen.Choose(int.MinValue, int.MaxValue).Select(seed => new RandomJson(new Builder(new Random(seed)).Document())).ToArbitrary();

    private sealed class Builder(Random random)
    {
        private readonly StringBuilder _text = new();

        public string Document()
        {
            Value(0);
            return _text.ToString();
        }

        private void Blank()
        {
            if (random.Next(6) == 0)
            {
                _text.Append(random.Next(3) switch { 0 => " ", 1 => "\n  ", _ => "\t" });
            }
        }

        private void Value(int depth)
        {
            Blank();
            switch (depth > 4 ? 20 : random.Next(depth == 0 ? 13 : 20))
            {
                case 8:
                    KeyedRows(depth);
                    break;
                case 9:
                    Matrix(depth);
                    break;
                case 10:
                    Numbers();
                    break;
                case 11:
                    Strings();
                    break;
                case 12:
                    Map();
                    break;
                case 0 or 1 or 2:
                    Rows(depth);
                    break;
                case 3 or 4:
                    Object(PickKeys(random.Next(5)), depth, wild: true);
                    break;
                case 5:
                    _text.Append('[');
                    for (var i = random.Next(5); i > 0; i--)
                    {
                        Value(depth + 1);
                        _text.Append(i > 1 ? "," : "");
                    }

                    _text.Append(']');
                    break;
                case 6 when depth < 3:
                    // A document inside a string, in the plainest spelling.
                    var inner = new Builder(random);
                    inner.Rows(depth + 1);
                    _text.Append(JsonSerializer.Serialize(inner._text.ToString()));
                    break;
                default:
                    _text.Append(Scalars[random.Next(Scalars.Length)]);
                    break;
            }

            Blank();
        }

        private string Likely(string likely) => random.Next(12) == 0 ? Scalars[random.Next(Scalars.Length)] : likely;

        private void Join(char open, char close, int count, Action<int> item)
        {
            _text.Append(open);
            for (var i = 0; i < count; i++)
            {
                _text.Append(i > 0 ? "," : "");
                Blank();
                item(i);
            }

            _text.Append(close);
        }

        private void KeyedRows(int depth)
        {
            var keys = PickKeys(random.Next(1, 5));
            var ends = Ends[random.Next(Ends.Length)];
            var wild = random.Next(3) == 0;
            Join('{', '}', random.Next(14), i =>
            {
                var isFirst = true;
                Name(random.Next(6) == 0 ? Keys[random.Next(Keys.Length)] : ends.Item1 + i + ends.Item2, ref isFirst);
                if (wild && random.Next(8) == 0)
                {
                    Value(depth + 1);
                }
                else
                {
                    Object(keys, depth + 2, wild);
                }
            });
        }

        private void Matrix(int depth)
        {
            var width = random.Next(1, 5);
            var ragged = random.Next(3) == 0;
            var ends = Ends[random.Next(Ends.Length)];
            Join('[', ']', random.Next(12), r => Join('[', ']', ragged ? random.Next(width + 1) : width, c =>
            {
                if (random.Next(20) == 0)
                {
                    Value(depth + 1);
                    return;
                }

                _text.Append(c switch
                {
                    0 => Likely(r.ToString(CultureInfo.InvariantCulture)),
                    1 => $"\"{ends.Item1}{r}{ends.Item2}\"",
                    2 => Likely("7"),
                    _ => Scalars[random.Next(Scalars.Length)],
                });
            }));
        }

        private void Numbers()
        {
            var start = random.Next(-5, 2000);
            var step = random.Next(-2, 4);
            Join('[', ']', random.Next(25), i => _text.Append(random.Next(15) == 0
                ? Scalars[random.Next(Scalars.Length)]
                : (start + (step * i)).ToString(CultureInfo.InvariantCulture)));
        }

        private void Strings()
        {
            var parts = Enumerable.Range(0, 3).Select(_ => Ends[random.Next(Ends.Length)]).ToArray();
            var word = random.Next(3) == 0 ? 1 : 12;
            Join('[', ']', random.Next(25), i =>
            {
                var (prefix, suffix) = parts[i * 3 / 25];
                _text.Append(Likely($"\"{prefix}{Middles[random.Next(Math.Min(word, Middles.Length))]}{suffix}\""));
            });
        }

        private void Map()
        {
            var (prefix, suffix) = Ends[random.Next(Ends.Length)];
            var isText = random.Next(2) == 0;
            Join('{', '}', random.Next(16), i =>
            {
                var isFirst = true;
                Name($"{prefix}{i}", ref isFirst);
                _text.Append(isText ? $"\"{prefix}{Middles[random.Next(Middles.Length)]}{suffix}\"" : Likely("1790000" + random.Next(100, 999)));
            });
        }

        private void Rows(int depth)
        {
            var keys = PickKeys(random.Next(1, 6));
            var constant = random.Next(4) == 0 ? Scalars[random.Next(Scalars.Length)] : null;
            var irregularity = random.Next(3) == 0 ? 0 : random.Next(2, 9);
            var nested = keys.Select(_ => random.Next(12) switch { 0 or 1 => 1, 2 or 3 => 2, 4 => 3, 5 => 4, 6 => 5, _ => 0 }).ToArray();
            var nestedKeys = keys.Select(_ => PickKeys(random.Next(1, 4))).ToArray();
            var domain = Scalars[random.Next(Scalars.Length)];
            var words = keys.Select(_ => random.Next(4)).ToArray();
            var ends = keys.Select(_ => Ends[random.Next(Ends.Length)]).ToArray();
            _text.Append('[');
            var rows = random.Next(0, random.Next(3) == 0 ? 40 : 12);
            for (var r = 0; r < rows; r++)
            {
                _text.Append(r > 0 ? "," : "");
                Blank();
                if (irregularity > 0 && random.Next(irregularity * 4) == 0)
                {
                    Value(depth + 1);
                    continue;
                }

                _text.Append('{');
                var isFirst = true;
                for (var k = 0; k < keys.Length; k++)
                {
                    if (irregularity > 0 && random.Next(irregularity) == 0)
                    {
                        continue;
                    }

                    Name(keys[k], ref isFirst);
                    if (k == 0 && constant is not null)
                    {
                        _text.Append(constant);
                    }
                    else if (nested[k] == 1 && (irregularity == 0 || random.Next(irregularity) > 0))
                    {
                        Object(nestedKeys[k], depth + 1, wild: irregularity > 0);
                    }
                    else if (nested[k] == 2)
                    {
                        _text.Append('[');
                        for (var i = random.Next(4); i > 0; i--)
                        {
                            Object(nestedKeys[k], depth + 1, wild: irregularity > 0);
                            _text.Append(i > 1 ? "," : "");
                        }

                        _text.Append(']');
                    }
                    else if (nested[k] == 3)
                    {
                        Join('{', '}', random.Next(4), i =>
                        {
                            var isFirstKey = true;
                            Name(Keys[random.Next(Keys.Length)], ref isFirstKey);
                            Object(nestedKeys[k], depth + 2, wild: irregularity > 0);
                        });
                    }
                    else if (nested[k] == 4)
                    {
                        _text.Append((7 + (r * (k - 3))).ToString(CultureInfo.InvariantCulture));
                    }
                    else if (nested[k] == 5)
                    {
                        _text.Append("17900" + random.Next(10, 99_999) + (k % 2 == 0 ? ".0" : ""));
                    }
                    else if (words[k] == 0)
                    {
                        _text.Append(Sentences[random.Next(Sentences.Length)]);
                    }
                    else if (words[k] == 1)
                    {
                        _text.Append('"').Append(ends[k].Item1).Append(Middles[random.Next(Middles.Length)]).Append(ends[k].Item2).Append('"');
                    }
                    else if (random.Next(3) == 0)
                    {
                        _text.Append(domain);
                    }
                    else if (random.Next(8) == 0)
                    {
                        Value(depth + 1);
                    }
                    else
                    {
                        _text.Append(random.Next(2) == 0
                            ? random.Next(-50, 2000).ToString(CultureInfo.InvariantCulture)
                            : Scalars[random.Next(Scalars.Length)]);
                    }
                }

                if (irregularity > 0 && random.Next(irregularity * 3) == 0)
                {
                    Name("rare" + random.Next(3), ref isFirst);
                    Value(depth + 1);
                }

                _text.Append('}');
                Blank();
            }

            _text.Append(']');
        }

        private void Object(string[] keys, int depth, bool wild)
        {
            _text.Append('{');
            var isFirst = true;
            foreach (var key in keys)
            {
                if (wild && random.Next(6) == 0)
                {
                    continue;
                }

                Name(key, ref isFirst);
                Value(depth + 1);
                if (wild && random.Next(40) == 0)
                {
                    Name(key, ref isFirst);
                    Value(depth + 1);
                }
            }

            _text.Append('}');
        }

        private void Name(string key, ref bool isFirst)
        {
            _text.Append(isFirst ? "" : ",");
            isFirst = false;
            Blank();
            _text.Append('"').Append(key).Append('"');
            Blank();
            _text.Append(':');
            Blank();
        }

        private string[] PickKeys(int count) =>
            [.. Enumerable.Range(0, count).Select(_ => Keys[random.Next(Keys.Length)]).Distinct(StringComparer.Ordinal)];
    }
}
