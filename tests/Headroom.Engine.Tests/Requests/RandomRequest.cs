using System.Collections.Immutable;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Headroom.Engine.Requests;

namespace Headroom.Engine.Tests.Requests;

/// <summary>A piece of a request body that is known to be, or not to be, a block.</summary>
public sealed record Segment(string Text, bool IsBlock);

/// <summary>A request body in pieces, so that what may change is known without any parser.</summary>
public sealed record RandomRequest(string Format, ImmutableArray<Segment> Segments)
{
    internal IRequestFormat RequestFormat => LocatedBlocks.Format(Format);

    public byte[] Body => Encoding.UTF8.GetBytes(string.Concat(Segments.Select(s => s.Text)));

    public override string ToString() => $"{Format}: {string.Concat(Segments.Select(s => s.IsBlock ? $"«{s.Text}»" : s.Text))}";
}

/// <summary>A request in which nothing may change; it may also repeat members that matter.</summary>
public sealed record UntouchableRequest(RandomRequest Request);

/// <summary>Makes requests whose members come in any order, with any spacing, between members of no meaning.</summary>
public static class RandomRequests
{
    private static readonly Gen<string> BlockText =
        from pieces in Gen.Elements("line\\n", "é", "😀", "\\u0041", "\\ud83d\\ude00", "\\/", "\\\\", "\\\"", "{\\\"a\\\": 1.0}", "\\u0000").ListOf(8)
        from tail in Gen.Elements("a", "b", "c", "\\t")
        select $"\"{string.Concat(Enumerable.Repeat(string.Concat(pieces), 40))}{tail}{new string('.', 200)}\"";

    private static readonly Gen<ImmutableArray<Segment>> Block =
        from text in BlockText
        select ImmutableArray.Create(new Segment(text, true));

    // Undecodable, or too short to pay.
    private static readonly Gen<ImmutableArray<Segment>> Unfit =
        Outside(Gen.OneOf(Gen.Constant($"\"\\ud83d{new string('x', 300)}\""), Gen.Constant("\"short\""), Gen.Constant("\"\""), Gen.Constant("null")));

    private static readonly Gen<ImmutableArray<Segment>> Noise = Outside(RandomJson.Value(2));
    private static readonly Gen<ImmutableArray<Segment>> Stranger = Outside(RandomJson.Stranger);

    public static Arbitrary<RandomRequest> Requests() => Arb.From(Gen.OneOf(OpenAI(Block, Stranger), Anthropic(Block, Stranger)));

    public static Arbitrary<UntouchableRequest> Untouchable() =>
        Arb.From(from request in Gen.OneOf(OpenAI(Unfit, Noise), Anthropic(Unfit, Noise)) select new UntouchableRequest(request));

    private static Gen<RandomRequest> OpenAI(Gen<ImmutableArray<Segment>> result, Gen<ImmutableArray<Segment>> stranger)
    {
        var content = Gen.OneOf(
            result,
            List(Gen.OneOf(
                Object(("type", Literal("\"text\"")), ("text", result)),
                Object(("type", Literal("\"future\"")), ("text", Noise)),
                stranger)));
        var message = Gen.OneOf(
            Object(("role", Literal("\"tool\"")), ("content", content), ("tool_call_id", Literal("\"c1\""))),
            Object(("role", Literal("\"function\"")), ("content", content), ("name", Literal("\"f\""))),
            Object(("role", Literal("\"user\"")), ("content", Outside(BlockText))),
            Object(("role", Literal("\"system\"")), ("content", stranger)),
            Object(("role", Literal("\"assistant\"")), ("content", stranger), ("tool_calls", List(
                Object(("id", Literal("\"c1\"")), ("type", Literal("\"function\"")), ("function",
                    Object(("name", Literal("\"ls\"")), ("arguments", Outside(BlockText)))))))),
            stranger);
        return Request(LocatedBlocks.OpenAI.Name, message, stranger);
    }

    private static Gen<RandomRequest> Anthropic(Gen<ImmutableArray<Segment>> result, Gen<ImmutableArray<Segment>> stranger)
    {
        var content = Gen.OneOf(
            result,
            List(Gen.OneOf(
                Object(("type", Literal("\"text\"")), ("text", result)),
                Object(("type", Literal("\"image\"")), ("source", Noise)),
                stranger)));
        var userBlock = Gen.OneOf(
            Object(("type", Literal("\"tool_result\"")), ("tool_use_id", Literal("\"t1\"")), ("content", content)),
            Object(("type", Literal("\"tool_result\"")), ("is_error", Literal("true")), ("content", Outside(BlockText))),
            Object(("type", Literal("\"mcp_tool_result\"")), ("tool_use_id", Literal("\"t1\"")), ("content", Outside(BlockText))),
            Object(("type", Literal("\"text\"")), ("text", Outside(BlockText))),
            stranger);
        var message = Gen.OneOf(
            Object(("role", Literal("\"user\"")), ("content", List(userBlock))),
            Object(("role", Literal("\"user\"")), ("content", Outside(BlockText))),
            Object(("role", Literal("\"assistant\"")), ("content", List(
                Object(("type", Literal("\"tool_use\"")), ("id", Literal("\"t1\"")), ("name", Literal("\"ls\"")), ("input", Noise))))),
            stranger);
        return Request(LocatedBlocks.Anthropic.Name, message, stranger);
    }

    private static Gen<RandomRequest> Request(
        string format, Gen<ImmutableArray<Segment>> message, Gen<ImmutableArray<Segment>> stranger) =>
        from body in Object(("messages", List(message)), ("model", Literal("\"m\"")), ("temperature", Literal("1.0")), ("tools", List(stranger)))
        from before in RandomJson.Space
        from after in RandomJson.Space
        select new RandomRequest(format, [new Segment(before, false), .. body, new Segment(after, false)]);

    private static Gen<ImmutableArray<Segment>> Outside(Gen<string> text) =>
        from t in text
        select ImmutableArray.Create(new Segment(t, false));

    private static Gen<ImmutableArray<Segment>> Literal(string text) => Outside(Gen.Constant(text));

    private static Gen<ImmutableArray<Segment>> List(Gen<ImmutableArray<Segment>> element) =>
        from count in Gen.Choose(0, 4)
        from elements in Spaced(element).ListOf(count)
        select Join("[", elements, "]");

    private static Gen<ImmutableArray<Segment>> Object(params (string Key, Gen<ImmutableArray<Segment>> Value)[] members)
    {
        var known = members.Select(m => Member(m.Key, m.Value));
        return
            from noise in Outside(RandomJson.Member(RandomJson.Key, RandomJson.Value(1))).ListOf(1)
            from named in Gen.CollectToList(known)
            from shuffled in Gen.Shuffle([.. named, .. noise])
            select Join("{", shuffled, "}");
    }

    private static Gen<ImmutableArray<Segment>> Member(string key, Gen<ImmutableArray<Segment>> value) =>
        from v in Spaced(value)
        from space in RandomJson.Space
        select ImmutableArray.Create([new Segment($"{space}\"{key}\"{space}:", false), .. v]);

    private static Gen<ImmutableArray<Segment>> Spaced(Gen<ImmutableArray<Segment>> token) =>
        from before in RandomJson.Space
        from t in token
        from after in RandomJson.Space
        select ImmutableArray.Create([new Segment(before, false), .. t, new Segment(after, false)]);

    private static ImmutableArray<Segment> Join(string open, IEnumerable<ImmutableArray<Segment>> parts, string close)
    {
        var joined = ImmutableArray.CreateBuilder<Segment>();
        foreach (var part in parts)
        {
            joined.Add(new Segment(joined.Count == 0 ? open : ",", false));
            joined.AddRange(part);
        }

        joined.Add(new Segment(joined.Count == 0 ? open + close : close, false));
        return joined.ToImmutable();
    }
}
