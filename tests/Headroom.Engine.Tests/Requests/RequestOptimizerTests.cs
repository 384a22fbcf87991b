using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Requests;
using Headroom.Engine.Rules;
using Headroom.Engine.Tokens;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Requests;

public sealed class RequestOptimizerTests
{
    private static readonly string Long = string.Join('\n', Enumerable.Range(0, 40).Select(i => $"line {i} of \"output\" \\ é"));
    private readonly UnreliableStore _store = new();

    private RequestOptimizer Optimizer(
        RequestOptimizerOptions? options = null,
        Func<ReadOnlyMemory<byte>, CompressionOptions, CancellationToken, CompressionResult>? compress = null) =>
        new(_store, options ?? new RequestOptimizerOptions(), TimeProvider.System, compress ?? FakeCompressor.Shorten);

    private static byte[] OpenAIBody(params (string Tool, string Output)[] results) => OpenAIBody([], results);

    private static byte[] OpenAIBody(string[] offeredTools, params (string Tool, string Output)[] results) =>
        JsonSerializer.SerializeToUtf8Bytes(new
        {
            model = "gpt-4o",
            tools = offeredTools.Select(t => new { type = "function", function = new { name = t } }),
            messages = (object[])
            [
                new { role = "user", content = Long },
                new { role = "assistant", tool_calls = results.Select((r, i) => new { id = $"c{i}", function = new { name = r.Tool } }) },
                .. results.Select((r, i) => new { role = "tool", tool_call_id = $"c{i}", content = r.Output }),
            ],
        });

    private static async Task<OptimizedRequest> Optimize(RequestOptimizer optimizer, byte[] body, IRequestFormat? format = null) =>
        await optimizer.OptimizeAsync(format ?? OpenAI, body, TestContext.Current.CancellationToken);

    private static string[] Results(OptimizedRequest request) =>
        [.. OpenAI.Locate(request.Body.Span)!.Blocks.Select(b => Text(request.Body, b))];

    [Fact]
    public async Task A_new_result_is_replaced_and_its_original_can_be_had_back()
    {
        var body = OpenAIBody(("run", Long));
        var request = await Optimize(Optimizer(), body);

        Assert.Equal(Reason.Compressed, request.Reason);
        var outcome = Assert.Single(request.Outcomes);
        Assert.Equal(Reason.Lossless, outcome.Reason);
        Assert.False(outcome.IsReplay);
        Assert.Equal(outcome.Pin!.Replacement, Encoding.UTF8.GetBytes(Assert.Single(Results(request))));
        Assert.Equal(
            Encoding.UTF8.GetBytes(Long), await _store.GetAsync(outcome.Pin.Hash!, TestContext.Current.CancellationToken));

        // The block counts as the text that it is, not as its escapes.
        var (start, length) = (outcome.Block.Start, outcome.Block.Length);
        Assert.Equal(
            TokenEstimator.Instance.Count(body.AsSpan(0, start)) + TokenEstimator.Instance.Count(Encoding.UTF8.GetBytes(Long))
                + TokenEstimator.Instance.Count(body.AsSpan(start + length)),
            request.TokensBefore);
        Assert.Equal(outcome.Pin.TokensBefore - outcome.Pin.TokensAfter, request.TokensBefore - request.TokensAfter);
        Assert.True(request.TokensAfter < request.TokensBefore);
    }

    [Fact]
    public async Task A_decision_is_replayed_by_another_optimizer_over_the_same_store()
    {
        var body = OpenAIBody(("run", Long));
        var compress = FakeCompressor.Numbering();
        var first = await Optimize(Optimizer(compress: compress), body);
        var second = await Optimize(Optimizer(compress: compress), body);
        Assert.Equal(first.Body.ToArray(), second.Body.ToArray());
        Assert.True(second.Outcomes[0].IsReplay);
        Assert.Equal(first.TokensAfter, second.TokensAfter);
    }

    [Fact]
    public async Task Nothing_leaves_before_the_decision_is_stored()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.PinGate = gate.Task;
        var running = Optimize(Optimizer(), OpenAIBody(("run", Long)));
        Assert.False(running.IsCompleted);
        gate.SetResult();
        Assert.Equal(Reason.Compressed, (await running).Reason);
        Assert.Single(_store.Proposals);
    }

    [Fact]
    public async Task The_pin_of_a_faster_writer_is_used()
    {
        var body = OpenAIBody(("run", Long));
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.PinGate = gate.Task;
        var compress = FakeCompressor.Numbering();
        var running = Enumerable.Range(0, 4).Select(_ => Optimize(Optimizer(compress: compress), body)).ToArray();
        gate.SetResult();
        var requests = await Task.WhenAll(running);
        Assert.All(requests, r => Assert.Equal(requests[0].Body.ToArray(), r.Body.ToArray()));
    }

    [Fact]
    public async Task The_same_output_twice_in_a_request_is_decided_once()
    {
        var request = await Optimize(Optimizer(compress: FakeCompressor.Numbering()), OpenAIBody(("run", Long), ("exec", Long)));
        var results = Results(request);
        Assert.Equal(results[0], results[1]);
        Assert.NotEqual(Long, results[0]);
        Assert.Single(_store.Proposals);
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("READ")]
    [InlineData("write")]
    [InlineData("eDiT")]
    public async Task Results_of_excluded_tools_stay_as_they_are(string tool)
    {
        var request = await Optimize(Optimizer(), OpenAIBody((tool, Long), ("ReadMe", Long)));
        Assert.Equal([Reason.ExcludedTool, Reason.Lossless], request.Outcomes.Select(o => o.Reason));
        Assert.Equal(Long, Results(request)[0]);
        Assert.Null(request.Outcomes[0].Pin);
    }

    [Fact]
    public async Task A_search_takes_no_view_even_where_views_are_allowed()
    {
        var request = await Optimize(
            Optimizer(new RequestOptimizerOptions { AllowViews = true }), OpenAIBody(("Grep", Long), ("Bash", Long)));
        Assert.Equal([Reason.Lossless, Reason.View], request.Outcomes.Select(o => o.Reason));
    }

    [Theory]
    [InlineData("""{"command":"git log -p"}""", Reason.ExcludedTool)]
    [InlineData("""{"command":"git diff"}""", Reason.Lossless)]
    [InlineData("broken", Reason.Lossless)]
    public async Task A_rule_may_speak_of_commands(string arguments, Reason reason)
    {
        var optimizer = Optimizer(new RequestOptimizerOptions { Rules = new([new CompressionRule { Commands = ["git log*"], Exclude = true }]) });
        var openAI = JsonSerializer.SerializeToUtf8Bytes(new
        {
            messages = new object[]
            {
                new { role = "assistant", tool_calls = new[] { new { id = "c", type = "function", function = new { name = "Bash", arguments } } } },
                new { role = "tool", tool_call_id = "c", content = Long },
            },
        });
        var request = await Optimize(optimizer, openAI);
        Assert.Equal(reason, Assert.Single(request.Outcomes).Reason);

        var input = arguments.StartsWith('{') ? arguments : "{}";
        var anthropic = Encoding.UTF8.GetBytes($$"""
            {"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"c","name":"Bash","input":{{input}}}]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"c","content":{{JsonSerializer.Serialize(Long)}}}]}]}
            """);
        request = await Optimize(optimizer, anthropic, Anthropic);
        Assert.Equal(reason, Assert.Single(request.Outcomes).Reason);
    }

    [Fact]
    public async Task The_same_output_under_different_rules_is_decided_for_each()
    {
        var rules = new CompressionRules([new CompressionRule { Tools = ["a"], Kind = ContentKind.Log }, new CompressionRule { Tools = ["b"], Budget = 77 }]);
        await Optimize(
            Optimizer(new RequestOptimizerOptions { AllowViews = true, Rules = rules }), OpenAIBody(("a", Long), ("b", Long), ("c", Long), ("d", Long)));
        Assert.Equal(3, _store.Proposals.Select(p => p.Pin.Key).Distinct().Count());
    }

    [Theory]
    [InlineData("headroom_retrieve")]
    [InlineData("mcp__headroom__headroom_retrieve")]
    [InlineData("mcp_headroom_headroom_retrieve")]
    [InlineData("headroom-headroom_retrieve")]
    [InlineData("functions.headroom_retrieve")]
    [InlineData("mcp__headroom__headroom_compress")]
    [InlineData("headroom_stats")]
    public async Task What_the_own_tools_gave_is_not_compressed_again(string tool)
    {
        var body = OpenAIBody([tool, "headroom_retrieve"], (tool, Long));
        var request = await Optimize(Optimizer(), body);
        Assert.Equal(Reason.RetrievedContent, request.Reason);
        Assert.True(request.Body.Equals(body));
    }

    [Fact]
    public async Task Errors_stay_whole()
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new
        {
            messages = new[] { new { role = "user", content = new[] { new { type = "tool_result", content = Long, is_error = true } } } },
        });
        var request = await Optimize(Optimizer(), body, Anthropic);
        Assert.Equal(Reason.ErrorResult, request.Reason);
        Assert.True(request.Body.Equals(body));
    }

    [Fact]
    public async Task A_short_output_needs_no_pin()
    {
        var body = OpenAIBody(("run", new string('x', ContentRouter.MinimumBytes - 1)));
        var request = await Optimize(Optimizer(), body);
        Assert.Equal(Reason.TooSmall, request.Reason);
        Assert.Null(request.Outcomes[0].Pin);
        Assert.Empty(_store.Proposals);
        Assert.True(request.Body.Equals(body));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("x")]
    [InlineData("\0")]
    [InlineData("repeat \n")]
    [InlineData("repeat \0\u0001\u001b[31m\ufffd")]
    [InlineData("repeat [")]
    [InlineData("repeat \"")]
    public async Task Odd_outputs_never_become_empty(string text)
    {
        var output = text.StartsWith("repeat ", StringComparison.Ordinal) ? string.Concat(Enumerable.Repeat(text[7..], 300)) : text;
        foreach (var compress in
            (Func<ReadOnlyMemory<byte>, CompressionOptions, CancellationToken, CompressionResult>[])[FakeCompressor.Shorten, ContentRouter.Compress])
        {
            var request = await Optimize(Optimizer(compress: compress), OpenAIBody(("run", output)));
            Assert.True(output.Length == 0 || Results(request)[0].Length > 0);
            Assert.NotEqual(Reason.CompressorFailed, request.Reason);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t")]
    public async Task An_empty_form_is_refused(string form)
    {
        var body = OpenAIBody(("run", Long));
        var request = await Optimize(
            Optimizer(compress: (utf8, _, _) => new CompressionResult(
                Encoding.UTF8.GetBytes(form), ContentKind.Text, "bad", Rung.Lossless, Reason.Lossless, 100, 1)),
            body);
        Assert.Equal(Reason.CompressorFailed, request.Reason);
        Assert.True(request.Body.Equals(body));
    }

    [Fact]
    public async Task A_form_that_is_not_UTF_8_or_not_smaller_is_refused()
    {
        var notUtf8 = await Optimize(
            Optimizer(compress: (_, _, _) => new CompressionResult(
                new byte[] { 0xC3 }, ContentKind.Text, "bad", Rung.Lossless, Reason.Lossless, 100, 1)),
            OpenAIBody(("run", Long)));
        Assert.Equal(Reason.CompressorFailed, notUtf8.Reason);
        var notSmaller = await Optimize(
            Optimizer(compress: (utf8, _, _) => new CompressionResult(
                utf8, ContentKind.Text, "bad", Rung.Lossless, Reason.Lossless, 100, 100)),
            OpenAIBody(("run", Long + "2")));
        Assert.Equal(Reason.NotSmaller, notSmaller.Reason);
    }

    [Fact]
    public async Task A_timeout_is_a_decision_too()
    {
        var body = OpenAIBody(("run", Long));
        var request = await Optimize(
            Optimizer(new RequestOptimizerOptions { BlockDeadline = TimeSpan.FromMilliseconds(1) }, (_, _, token) =>
            {
                token.WaitHandle.WaitOne();
                token.ThrowIfCancellationRequested();
                throw new InvalidOperationException("Never here.");
            }),
            body);
        Assert.Equal(Reason.Timeout, request.Reason);
        Assert.True(request.Body.Equals(body));

        var later = await Optimize(Optimizer(), body);
        Assert.Equal(Reason.Timeout, later.Reason);
        Assert.True(later.Outcomes[0].IsReplay);
        Assert.Single(_store.Proposals);
        Assert.True(later.Body.Equals(body));
    }

    [Fact]
    public async Task A_failure_is_a_decision_too()
    {
        var body = OpenAIBody(("run", Long));
        var request = await Optimize(Optimizer(compress: (_, _, _) => throw new InvalidDataException("Broken.")), body);
        Assert.Equal(Reason.CompressorFailed, request.Reason);
        Assert.Equal(Reason.CompressorFailed, (await Optimize(Optimizer(), body)).Reason);
    }

    [Fact]
    public async Task History_that_the_provider_has_cached_raw_stays_raw()
    {
        static string Turn(string mark, string output, int turn) => $$"""
            {"role":"assistant","content":[{"type":"tool_use","id":"t{{turn}}","name":"ls","input":{} }]},
            {"role":"user","content":[{"type":"tool_result","tool_use_id":"t{{turn}}","content":{{JsonSerializer.Serialize(output)}} {{mark}} }]}
            """;
        static byte[] Body(string mark, params string[] outputs) =>
            Encoding.UTF8.GetBytes($"{{\"messages\":[{string.Join(",", outputs.Select((o, i) => Turn(mark, o, i)))}]}}");
        const string Mark = ",\"cache_control\":{\"type\":\"ephemeral\"}";

        var marked = await Optimize(Optimizer(), Body(Mark, Long + "a", Long + "b"), Anthropic);
        Assert.Equal([Reason.CachedHistory, Reason.Lossless], marked.Outcomes.Select(o => o.Reason));

        // So it does without a mark.
        var unmarked = await Optimize(Optimizer(), Body("", Long + "c", Long + "d"), Anthropic);
        Assert.Equal([Reason.CachedHistory, Reason.Lossless], unmarked.Outcomes.Select(o => o.Reason));

        // The same text as history and as news: history decides.
        var both = await Optimize(Optimizer(), Body(Mark, Long + "e", Long + "e"), Anthropic);
        Assert.Equal(Reason.CachedHistory, both.Reason);

        // What was decided when it was new is replayed as history.
        var replayed = await Optimize(Optimizer(), Body(Mark, Long + "b", Long + "f"), Anthropic);
        Assert.Equal([Reason.Lossless, Reason.Lossless], replayed.Outcomes.Select(o => o.Reason));
    }

    [Fact]
    public async Task Views_are_used_only_where_the_model_can_retrieve()
    {
        var with = OpenAIBody(["mcp__h__headroom_retrieve"], ("run", Long));
        var without = OpenAIBody(["ls"], ("run", Long));

        Assert.Equal(Reason.Lossless, (await Optimize(Optimizer(), without)).Outcomes[0].Reason);
        var view = await Optimize(Optimizer(), with);
        Assert.Equal(Reason.View, view.Outcomes[0].Reason);
        var hash = Assert.Single(Marker.HashesIn(Results(view)[0]));
        Assert.Equal(Encoding.UTF8.GetBytes(Long), await _store.GetAsync(hash, TestContext.Current.CancellationToken));

        // Each class of use keeps its own decision.
        Assert.Equal(Reason.Lossless, (await Optimize(Optimizer(), without)).Outcomes[0].Reason);
        Assert.Equal(
            Reason.View,
            (await Optimize(Optimizer(new RequestOptimizerOptions { AllowViews = true }), without)).Outcomes[0].Reason);
        Assert.Equal(
            Reason.Lossless,
            (await Optimize(Optimizer(new RequestOptimizerOptions { Level = CompressionLevel.Lossless }), with)).Outcomes[0].Reason);
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_leaves_the_request_alone()
    {
        var body = OpenAIBody(("run", Long));
        _store.FailsToFind = true;
        var request = await Optimize(Optimizer(), body);
        Assert.Equal(Reason.StoreUnavailable, request.Reason);
        Assert.True(request.Body.Equals(body));
        Assert.Equal(request.TokensBefore, request.TokensAfter);
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_leaves_what_is_new_alone_and_replays_the_rest()
    {
        var optimizer = Optimizer();
        var first = await Optimize(optimizer, OpenAIBody(("run", Long)));
        _store.FailsToPin = true;
        var request = await Optimize(optimizer, OpenAIBody(("run", Long), ("run", Long + "2")));
        Assert.Equal([Reason.Lossless, Reason.StoreUnavailable], request.Outcomes.Select(o => o.Reason));
        Assert.Equal([Results(first)[0], Long + "2"], Results(request));
    }

    [Fact]
    public async Task A_store_without_its_key_leaves_what_is_new_alone_and_replays_the_rest()
    {
        var optimizer = Optimizer();
        var first = await Optimize(optimizer, OpenAIBody(("run", Long)));
        _store.FailsToHash = true;
        var request = await Optimize(optimizer, OpenAIBody(("run", Long), ("run", Long + "2")));
        Assert.Equal([Reason.Lossless, Reason.StoreUnavailable], request.Outcomes.Select(o => o.Reason));
        Assert.Equal([Results(first)[0], Long + "2"], Results(request));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_went_upstream_while_the_store_was_away_stays_so_when_it_is_back(bool wasReadable)
    {
        var optimizer = Optimizer();
        var before = await Optimize(optimizer, OpenAIBody(("run", Long)));
        var body = OpenAIBody(("run", Long + "2"));
        _store.FailsToPin = true;
        _store.FailsToFind = !wasReadable;
        Assert.Equal(Reason.StoreUnavailable, (await Optimize(optimizer, body)).Reason);

        _store.FailsToPin = _store.FailsToFind = false;
        for (var turn = 0; turn < 2; turn++)
        {
            var after = await Optimize(optimizer, body);
            Assert.Equal(Reason.StoreUnavailable, after.Reason);
            Assert.True(after.Body.Equals(body));
        }

        Assert.Equal(before.Body.ToArray(), (await Optimize(optimizer, OpenAIBody(("run", Long)))).Body.ToArray());
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_goes_on_as_it_is()
    {
        var body = "{\"messages\":"u8.ToArray();
        var request = await Optimize(Optimizer(), body);
        Assert.Equal(Reason.InvalidRequest, request.Reason);
        Assert.True(request.Body.Equals(body));
        Assert.Null(request.Map);
    }

    [Fact]
    public async Task A_request_without_blocks_goes_on_as_it_is()
    {
        var body = OpenAIBody();
        var request = await Optimize(Optimizer(), body);
        Assert.Equal(Reason.NoEligibleBlock, request.Reason);
        Assert.True(request.Body.Equals(body));
    }

    [Fact]
    public async Task The_largest_block_gives_the_reason_when_nothing_changed()
    {
        var request = await Optimize(Optimizer(), OpenAIBody(("run", "x"), ("Read", Long), ("run", "y")));
        Assert.Equal(Reason.ExcludedTool, request.Reason);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_work()
    {
        using var client = new CancellationTokenSource();
        var optimizer = Optimizer(compress: (_, _, token) =>
        {
            client.Cancel();
            token.ThrowIfCancellationRequested();
            throw new InvalidOperationException("Never here.");
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await optimizer.OptimizeAsync(OpenAI, OpenAIBody(("run", Long)), client.Token));
        Assert.Empty(_store.Proposals);
    }

    [Fact]
    public async Task A_pin_of_an_unknown_version_is_replayed()
    {
        var original = Encoding.UTF8.GetBytes(Long);
        var pin = new Pin
        {
            Key = PinKey.Of(original, "lossless"),
            Reason = "of-the-future",
            Replacement = "from another version"u8.ToArray(),
            Hash = _store.HashOf(original),
        };
        await _store.PinAsync([new PinProposal(pin, original)], TestContext.Current.CancellationToken);
        var request = await Optimize(Optimizer(), OpenAIBody(("run", Long)));
        Assert.Equal(["from another version"], Results(request));
        Assert.Equal(Reason.Compressed, request.Reason);
    }
}
