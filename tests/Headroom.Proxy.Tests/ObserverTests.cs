using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Headroom.Engine.Tests.Diagnostics;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Routing;

namespace Headroom.Proxy.Tests;

public sealed class ObserverTests
{
    private const string AnthropicStream =
        "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"usage\":{\"input_tokens\":3,\"cache_creation_input_tokens\":20,\"cache_read_input_tokens\":100,\"output_tokens\":1}}}\n\n" +
        "event: ping\ndata: {\"type\": \"ping\"}\n\n: comment\n\n" +
        "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"\u20ac \\\"usage\\\" \U0001F600\"}}\n\n" +
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\ndata: \"usage\":{\"output_tokens\":7}}\n\n" +
        "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"output_tokens\":42}}\n\n" +
        "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private const string OpenAIStream =
        "data: {\"choices\":[{\"delta\":{\"content\":\"\u20ac\"}}],\"usage\":null}\n\n" +
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":500,\"completion_tokens\":9,\"prompt_tokens_details\":{\"cached_tokens\":384}}}\n\ndata: [DONE]\n\n";

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void A_stream_gives_the_same_usage_wherever_it_is_cut(string newline)
    {
        foreach (var (provider, stream, expected) in ((Provider, string, Usage)[])
            [(Provider.Anthropic, AnthropicStream, new Usage(123, 100, 20, 42)), (Provider.OpenAI, OpenAIStream, new Usage(500, 384, null, 9))])
        {
            var bytes = Encoding.UTF8.GetBytes(stream.Replace("\n", newline, StringComparison.Ordinal));
            for (var cut = 0; cut <= bytes.Length; cut++)
            {
                var observer = new UsageObserver(provider, "text/event-stream; charset=utf-8", "");
                observer.Push(bytes.AsSpan(0, cut));
                observer.Push(bytes.AsSpan(cut));
                observer.Complete(TestContext.Current.CancellationToken);
                Assert.Equal(expected, observer.Usage);
                Assert.True(observer.HasEnded);
                Assert.False(observer.HasError);
            }
        }
    }

    [Fact]
    public void Events_come_out_the_same_wherever_the_stream_is_cut()
    {
        var bytes = Encoding.UTF8.GetBytes("\u0000data: x\n\ndata\n\ndata:a\r\ndata:  b\rdata:\u20ac\n\r\nevent: e\n\ndata: last\n\n");
        string[]? expected = null;
        for (var first = 0; first <= bytes.Length; first++)
        {
            for (var second = first; second <= bytes.Length; second += 3)
            {
                var events = new List<string>();
                var raw = new List<byte>();
                var reader = new ServerSentEvents(1 << 20);
                foreach (var piece in (byte[][])[bytes[..first], bytes[first..second], bytes[second..]])
                {
                    reader.Push(piece);
                    while (reader.TryRead(out var read))
                    {
                        raw.AddRange(read.Raw.Span);
                        events.AddRange(read.Data is { } data ? [Encoding.UTF8.GetString(data.Span)] : []);
                    }
                }

                Assert.False(reader.TryReadLast(out _));
                Assert.Equal(bytes, raw);
                Assert.Equal(expected ??= ["a\n b\n\u20ac", "last"], events);
            }
        }
    }

    [Property(MaxTest = 2000)]
    public Property An_event_that_is_too_long_ends_where_it_ends_however_it_was_cut()
    {
        var token = Gen.Elements("\n", "\n", "\r\n", "\r", "data: x", "data:", "a", ": comment", "data: long enough to be too long", "\u20ac");
        var given = from tokens in token.ArrayOf()
                    let bytes = Encoding.UTF8.GetBytes(string.Concat(tokens))
                    from cuts in Gen.Choose(0, bytes.Length).ArrayOf()
                    from most in Gen.Choose(1, 30)
                    select (Bytes: bytes, Cuts: cuts.Append(0).Append(bytes.Length).Order().Distinct().ToArray(), Most: most);
        return Prop.ForAll(given.ToArbitrary(), g =>
        {
            var whole = Read(new ServerSentEvents(g.Bytes.Length + 1), [g.Bytes]);
            var pieces = Read(new ServerSentEvents(g.Most), [.. g.Cuts.Zip(g.Cuts.Skip(1), (from, to) => g.Bytes[from..to])]);

            // Pieces end within events; an event that is whole is the one that would have been read without a limit.
            Assert.Subset(pieces.Select(p => p.End).ToHashSet(), whole.Select(w => w.End).ToHashSet());
            Assert.All(pieces.Where(p => p.Event.IsWhole), p => Assert.Contains(p, whole));
            Assert.All(whole.Where(w => w.Event.IsWhole && w.End - w.Start <= g.Most), w => Assert.Contains(w, pieces));
        });

        static List<(int Start, int End, (bool IsWhole, string? Data) Event)> Read(ServerSentEvents reader, byte[][] pieces)
        {
            var all = new List<(int, int, (bool, string?))>();
            var at = 0;
            foreach (var piece in pieces)
            {
                reader.Push(piece);
                while (reader.TryRead(out var read))
                {
                    Add(read);
                }
            }

            if (reader.TryReadLast(out var last))
            {
                Add(last);
            }

            Assert.Equal(pieces.Sum(p => p.Length), at);
            return all;

            void Add(ServerSentEvent read)
            {
                all.Add((at, at + read.Raw.Length, (read.IsWhole, read.Data is { } data ? Encoding.UTF8.GetString(data.Span) : null)));
                at += read.Raw.Length;
            }
        }
    }

    [Theory]
    [InlineData("{\"type\":\"\\ud83d\",\"usage\":{\"input_tokens\":1}}")]
    [InlineData("{\"\\ud83d\":1,\"usage\":{\"\\ud800_tokens\":1}}")]
    public void A_report_with_texts_that_are_none_is_passed_over(string json)
    {
        var whole = new UsageObserver(Provider.Anthropic, "application/json", "");
        whole.Push(Encoding.UTF8.GetBytes(json));
        whole.Complete(TestContext.Current.CancellationToken);
        Assert.Null(whole.Usage);
        var stream = new UsageObserver(Provider.Anthropic, "text/event-stream", "");
        stream.Push(Encoding.UTF8.GetBytes($"data: {json}\n\ndata: {{\"usage\":{{\"input_tokens\":2}}}}\n\n"));
        Assert.Equal(2, stream.Usage?.Input);
    }

    [Fact]
    public void An_error_event_and_a_missing_end_are_seen()
    {
        var failed = new UsageObserver(Provider.Anthropic, "text/event-stream", "");
        failed.Push("data: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n"u8);
        Assert.True(failed.HasError);
        Assert.True(failed.CouldRead);
        Assert.False(failed.HasEnded);
    }

    [Fact]
    public void A_huge_event_is_passed_over_and_the_next_one_read()
    {
        var observer = new UsageObserver(Provider.OpenAI, "text/event-stream", "");
        observer.Push("data: {\"usage\":{\"prompt_tokens\":1,\"x\":\""u8);
        for (var i = 0; i < 40; i++)
        {
            observer.Push(Encoding.UTF8.GetBytes(new string('x', 100_000)));
        }

        observer.Push("\"}}\n\ndata: {\"usage\":{\"prompt_tokens\":2}}\n\n"u8);
        Assert.Equal(2, observer.Usage?.Input);
    }

    [Fact]
    public async Task An_observer_that_throws_is_not_asked_again_and_the_stream_goes_on()
    {
        using var target = new MemoryStream();
        var asked = 0;
        var events = new RecordedEvents();
        await using var stream = new ObservedStream(target, _ =>
        {
            asked++;
            throw new InvalidOperationException("observer");
        }, events.CreateLogger("observer"));
        await stream.WriteAsync("one"u8.ToArray(), TestContext.Current.CancellationToken);
        await stream.WriteAsync("two"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal("onetwo"u8.ToArray(), target.ToArray());
        Assert.Equal(1, asked);
        Assert.Equal(2601, Assert.Single(events.All).Id);
    }
}
