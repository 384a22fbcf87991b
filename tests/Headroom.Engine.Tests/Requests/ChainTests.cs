using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Xunit;
using Headroom.Engine.Requests;

namespace Headroom.Engine.Tests.Requests;

/// <summary>Whatever the reader takes has a chain, and another spelling of it has the same.</summary>
[Properties(Arbitrary = [typeof(RandomRequests)], MaxTest = 300)]
public sealed class ChainTests
{
    [Property]
    public void A_random_body_has_a_chain(RandomRequest random) => AssertChained(random.RequestFormat, random.Body);

    [Property]
    public void So_has_one_without_a_block(UntouchableRequest untouchable) => AssertChained(untouchable.Request.RequestFormat, untouchable.Request.Body);

    [Property]
    public void So_has_a_damaged_one(RandomRequest random, int seed)
    {
        string[] pieces = ["\"", "\\", "{", "}", "[", "]", ",", "\\ud800", "1e999", "null", "\"role\":\"assistant\",", "\"type\":\"\\ud800\",", "\"content\":", "\u0000", "é"];
        var draw = new Random(seed);
        var body = Encoding.UTF8.GetString(random.Body);
        for (var i = 0; i < 20; i++)
        {
            var at = draw.Next(body.Length);
            var damaged = draw.Next(2) == 0
                ? body.Insert(at, pieces[draw.Next(pieces.Length)])
                : body.Remove(at, Math.Min(body.Length - at, draw.Next(1, 9)));
            AssertChained(random.RequestFormat, Encoding.UTF8.GetBytes(damaged));
        }

        // Nor need it be UTF-8.
        var bytes = random.Body;
        for (var i = 0; i < 20; i++)
        {
            bytes[draw.Next(bytes.Length)] = (byte)draw.Next(256);
            AssertChained(random.RequestFormat, bytes);
        }
    }

    [Theory]
    [InlineData("""{"role":"\ud800","content":"x"}""")]
    [InlineData("""{"role":"user","\ud800":1,"content":[{"type":"\ud800","text":"\udc00"},{"type":"text","text":"\ud800"}]}""")]
    [InlineData("""{"role":"user","content":[{"type":"\u0074ext","text":1},{"type":1},{"type":{}},{"text":"x"},[],[["a"]],null,1e999,-0.0,"x"]}""")]
    [InlineData("""{"role":"user","content":{"content":{"content":[{"content":"x"}]}}}""")]
    [InlineData("""{"role":"user","content":{"x":1,"x":2,"cache_control":3,"cache_control":[4]}}""")]
    [InlineData("""{"role":"assistant","content":[{"type":"text","text":"\ud800"}],"tool_calls":{}}""")]
    [InlineData("""{"role":"assistant","content":false,"tool_calls":[1,null,"x",{"id":1}]}""")]
    [InlineData("1e999")]
    [InlineData("\"\\ud800\"")]
    [InlineData("[[]]")]
    [InlineData("{}")]
    [InlineData("null")]
    public void An_odd_message_is_a_link_like_any_other(string message)
    {
        foreach (var format in new[] { LocatedBlocks.OpenAI, LocatedBlocks.Anthropic })
        {
            // In the deepest place that the reader goes to, too.
            var deep = $$"""{"role":"user","content":{{string.Concat(Enumerable.Repeat("[", 60))}}{{string.Concat(Enumerable.Repeat("]", 60))}}}""";
            AssertChained(format, Encoding.UTF8.GetBytes($$"""{"messages":[{"role":"user","content":"a"},{{message}},{{deep}},{{message}}]}"""));
        }
    }

    [Property]
    public void Another_spelling_is_the_same_chain(RandomRequest random)
    {
        JsonNode? body;
        try
        {
            body = JsonNode.Parse(random.Body);
            _ = body!.ToJsonString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            // It repeats names or holds what is no text.
            return;
        }

        var other = Encoding.UTF8.GetBytes(body.ToJsonString(new JsonSerializerOptions { WriteIndented = true, Encoder = JavaScriptEncoder.Default }));
        Assert.Equal(HeadOf(random.RequestFormat, random.Body), HeadOf(random.RequestFormat, other));
    }

    private static string HeadOf(IRequestFormat format, byte[] body) => Chain.Read(format.Name, body, format.Locate(body)!.Messages, new MessageDigests()).Head.Hex;

    private static void AssertChained(IRequestFormat format, byte[] body)
    {
        if (format.Locate(body) is not { } map)
        {
            return;
        }

        // What is remembered is what was read.
        var digests = new MessageDigests();
        var chain = Chain.Read(format.Name, body, map.Messages, digests);
        Assert.Equal(chain.Head, Chain.Read(format.Name, body, map.Messages, digests).Head);
        Assert.Equal(chain.Exchanges, Chain.Read(format.Name, body, map.Messages, digests).Exchanges);
        var points = Enumerable.Range(0, map.Messages.Count + 1).Select(chain.Before).ToArray();
        Assert.Equal(points.Length, points.Distinct().Count());
        Assert.Contains(chain.Head, points);
        Assert.True(chain.Extended is not { } extended || points.Contains(extended));
        Assert.InRange(chain.Exchanges.Count, 0, Math.Min(32, map.Messages.Count(m => m.Role == MessageRole.Assistant)));
        RetrievalHistory.Read(body, map.Messages, chain);
        _ = SessionName.Of(null, body, map);
    }
}
