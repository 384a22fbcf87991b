using System.Text;
using System.Text.Json;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Rules;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Rules;

public sealed class CompressionRulesFileTests
{
    [Fact]
    public void A_rule_says_all_that_a_rule_can_say()
    {
        var rule = Assert.Single(Parse("""
            {
              "$schema": "headroom.rules.schema.json",
              // What our build prints.
              "rules": [
                { "tool": ["Bash", "Power*"], "command": "git log*", "kind": "diff", "level": "lossless", "budget": 1500, "exclude": true, "keep": ["TODO", "^x{2,3}"], },
              ],
            }
            """).All);
        Assert.Equal(["Bash", "Power*"], rule.Tools);
        Assert.Equal(["git log*"], rule.Commands);
        Assert.Equal((ContentKind.Diff, CompressionLevel.Lossless, 1500, true), (rule.Kind, rule.Level, rule.Budget, rule.Exclude));
        Assert.Equal(["TODO", "^x{2,3}"], rule.Keep.Select(k => k.ToString()));
    }

    [Theory]
    [InlineData("[]", 1, 1, "object")]
    [InlineData("{}", 1, 2, "has \"rules\"")]
    [InlineData("{\"rules\":{}}", 1, 10, "array")]
    [InlineData("{\"rule\":[]}", 1, 9, "no \"rule\"")]
    [InlineData("{\"rules\":[],\"rules\":[]}", 1, 21, "twice")]
    [InlineData("{\"rules\":[1]}", 1, 11, "object")]
    [InlineData("{\"rules\":[\n  {\"level\":\"lossless\"}\n]}", 2, 22, "names a \"tool\"")]
    [InlineData("{\"rules\":[\n  {\"tool\":\"Bash\",\n   \"level\":\"tiny\"}]}", 3, 12, "one of: lossless, balanced, aggressive")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"kind\":\"Log\"}]}", 1, 30, "no kind")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"kinds\":\"log\"}]}", 1, 31, "no \"kinds\"")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"tool\":\"y\"}]}", 1, 30, "twice")]
    [InlineData("{\"rules\":[{\"tool\":7}]}", 1, 19, "array of strings")]
    [InlineData("{\"rules\":[{\"tool\":[]}]}", 1, 20, "empty")]
    [InlineData("{\"rules\":[{\"tool\":[\"a\",\"\"]}]}", 1, 24, "empty string")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"budget\":0}]}", 1, 32, "from 1")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"budget\":1.5}]}", 1, 32, "from 1")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"exclude\":\"yes\"}]}", 1, 33, "true or false")]
    [InlineData("{\"rules\":[{\"tool\":\"ä\",\"keep\":\"(\"}]}", 1, 30, "no usable pattern")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"keep\":[\"ok\",\"(?<=a)b\"]}]}", 1, 36, "no usable pattern")]
    [InlineData("{\"rules\":[{\"tool\":\"\\ud800\"}]}", 1, 19, "surrogate")]
    [InlineData("{\"rules\":[\n{\"tool\":\"x\"},\n", 3, 1, "")]
    [InlineData("{\"rules\":[]} x", 1, 14, "")]
    [InlineData("", 1, 1, "")]
    public void A_mistake_is_told_with_its_place(string json, int line, int column, string problem)
    {
        var wrong = Assert.Throws<CompressionRulesException>(() => Parse(json));
        Assert.Equal((line, column), (wrong.Line, wrong.Column));
        Assert.StartsWith($"my.json({line},{column}): ", wrong.Message, StringComparison.Ordinal);
        Assert.Contains(problem, wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong.Message);
    }

    [Theory]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"keep\":\"(PIECE\"}]}")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"level\":\"PIECE\"}]}")]
    [InlineData("{\"rules\":[{\"PIECE\":1}]}")]
    [InlineData("{\"rules\":[{\"tool\":\"x\",\"exclude\":tRAW}]}")]
    public void A_mistake_is_told_on_one_line_that_can_be_read(string json)
    {
        var wrong = Assert.Throws<CompressionRulesException>(() => Parse(json
            .Replace("PIECE", string.Concat(Enumerable.Repeat("a\\n\\u001b\\u2028", 500)), StringComparison.Ordinal)
            .Replace("RAW", string.Concat(Enumerable.Repeat("\n\tx", 500)), StringComparison.Ordinal)));
        Assert.DoesNotContain(wrong.Message, c => char.IsControl(c) || c == '\u2028');
        Assert.InRange(wrong.Message.Length, 20, 500);
    }

    [Property(MaxTest = 500)]
    public void Whatever_the_bytes_there_are_rules_or_one_kind_of_error(byte[] json, string text)
    {
        foreach (var utf8 in new[] { json, Encoding.UTF8.GetBytes($$"""{"rules":[{"tool":"{{text}}"}]}""") })
        {
            try
            {
                _ = CompressionRulesFile.Parse(utf8, "my.json");
            }
            catch (CompressionRulesException)
            {
                // The only one that callers are prepared for.
            }
        }
    }

    [Fact]
    public void The_schema_names_what_the_reader_knows()
    {
        using var schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Fixtures.Root, "..", "..", "docs", "headroom.rules.schema.json")));
        var members = schema.RootElement.GetProperty("$defs").GetProperty("rule").GetProperty("properties");
        Assert.Equal(Enum.GetValues<ContentKind>().Select(k => k.Code()), Texts("kind"));
        Assert.Equal(["lossless", "balanced", "aggressive"], Texts("level"));
        foreach (var member in members.EnumerateObject())
        {
            var wrong = Assert.Throws<CompressionRulesException>(() => Parse("{\"rules\":[{\"" + member.Name + "\":{}}]}"));
            Assert.DoesNotContain("a rule has no", wrong.Message, StringComparison.Ordinal);
        }

        var unknown = Assert.Throws<CompressionRulesException>(() => Parse("""{"rules":[{"unknown":1}]}"""));
        Assert.EndsWith("it may have " + string.Join(", ", members.EnumerateObject().Select(m => m.Name)), unknown.Message, StringComparison.Ordinal);

        IEnumerable<string?> Texts(string member) => members.GetProperty(member).GetProperty("enum").EnumerateArray().Select(v => v.GetString());
    }

    [Fact]
    public void A_byte_order_mark_is_no_mistake() => Assert.Empty(CompressionRulesFile.Parse([0xEF, 0xBB, 0xBF, .. "{\"rules\":[]}"u8], "x").All);

    [Fact]
    public void A_file_that_is_not_there_is_an_error_and_one_that_need_not_be_is_no_rules()
    {
        var directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        Assert.Throws<CompressionRulesException>(() => CompressionRulesFile.Read(Path.Combine(directory, "x.json")));
        Assert.Empty(CompressionRulesFile.ReadFrom(directory).All);
    }

    private static CompressionRules Parse(string json) => CompressionRulesFile.Parse(Encoding.UTF8.GetBytes(json), "my.json");
}
