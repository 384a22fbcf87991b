using System.Text;
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
