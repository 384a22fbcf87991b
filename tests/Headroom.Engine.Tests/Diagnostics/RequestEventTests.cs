using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Requests;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;

namespace Headroom.Engine.Tests.Diagnostics;

/// <summary>What the optimizer tells: one event for each failure, and figures for whoever listens.</summary>
public sealed class RequestEventTests
{
    private const string Canary = "canary-7f3a";

    private readonly RecordedEvents _events = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_compressor_that_fails_is_told_with_kind_and_size_and_nothing_of_the_content()
    {
        await using var store = new MemoryCcrStore();
        var body = Body();
        var request = await Optimizer(store, (_, _, _) => throw new FormatException(Canary)).OptimizeAsync(OpenAI, body, Token);
        Assert.True(request.Body.Span.SequenceEqual(body));
        var told = Assert.Single(_events.All);
        Assert.Equal(1004, told.Id);
        Assert.Contains("FormatException", told.Message, StringComparison.Ordinal);
        Assert.Contains("(json, ", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, told.Message + told.Values, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_cannot_be_sent_is_told()
    {
        await using var store = new MemoryCcrStore();
        await Optimizer(store, (input, _, _) => new CompressionResult(default, Headroom.Engine.Content.ContentKind.Json, "broken", Rung.Lossless, Reason.Compressed, 100, 1))
            .OptimizeAsync(OpenAI, Body(), Token);
        Assert.Equal(1006, Assert.Single(_events.All).Id);
    }

    [Fact]
    public async Task Nothing_is_told_when_nothing_fails()
    {
        await using var store = new MemoryCcrStore();
        Assert.Equal(Reason.Compressed, (await Optimizer(store, ContentRouter.Compress).OptimizeAsync(OpenAI, Body(), Token)).Reason);
        Assert.Empty(_events.All);
    }

    [Fact]
    public async Task Meters_and_activities_have_the_figures_of_a_request()
    {
        var measured = new Dictionary<string, double>(StringComparer.Ordinal);
        var activities = new List<Activity>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == EngineInstruments.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };

        // Tests run beside each other over one meter: what belongs to this one is what is measured in its own flow.
        var flow = new AsyncLocal<bool> { Value = true };
        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (flow.Value)
            {
                var name = instrument.Name + string.Concat(tags.ToArray().Select(t => $" {t.Key}={t.Value}"));
                measured[name] = measured.GetValueOrDefault(name) + value;
            }
        }

        // Blocks are compressed on threads of the workers', where other tests' blocks are as well.
        var (durations, failures) = (0, 0);
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            Add(instrument, value, tags);
            if (instrument.Name == "headroom.fail_open" && tags.Length == 1 && tags[0].Value is "compress")
            {
                Interlocked.Increment(ref failures);
            }
        });
        meters.SetMeasurementEventCallback<double>((instrument, value, _, _) =>
        {
            if (instrument.Name == "headroom.compress.duration" && value > 0)
            {
                Interlocked.Increment(ref durations);
            }
        });
        meters.Start();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == EngineInstruments.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (flow.Value)
                {
                    activities.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);

        await using var store = new MemoryCcrStore();
        var optimizer = Optimizer(store, ContentRouter.Compress);
        var request = await optimizer.OptimizeAsync(OpenAI, Body(), Token);
        await optimizer.OptimizeAsync(OpenAI, Body(), Token);

        Assert.Equal(2, measured["headroom.requests reason=compressed"]);
        Assert.Equal(2, measured["headroom.blocks reason=" + request.Outcomes[0].Reason.Code()]);
        Assert.Equal(2 * request.TokensBefore, measured["headroom.tokens.before"]);
        Assert.Equal(2 * request.TokensAfter, measured["headroom.tokens.after"]);
        Assert.Equal(1, measured["headroom.store.misses kind=pin"]);
        Assert.Equal(2, activities.Count);
        Assert.Equal(request.TokensAfter, activities[0].GetTagItem("headroom.tokens.after"));
        Assert.DoesNotContain(measured.Keys, k => k.StartsWith("headroom.fail_open", StringComparison.Ordinal));
        Assert.True(durations > 0);

        await Optimizer(store, (_, _, _) => throw new FormatException(Canary)).OptimizeAsync(OpenAI, Body(1), Token);
        Assert.True(failures > 0);
    }

    private RequestOptimizer Optimizer(ICcrStore store, Func<ReadOnlyMemory<byte>, CompressionOptions, CancellationToken, CompressionResult> compress) =>
        new(store, new RequestOptimizerOptions { BlockDeadline = TimeSpan.FromMinutes(1) }, TimeProvider.System, compress, logger: _events.CreateLogger("optimizer"));

    private static byte[] Body(int seed = 0) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        model = "gpt-4o",
        messages = new object[]
        {
            new { role = "user", content = "go" },
            new { role = "assistant", tool_calls = new[] { new { id = "c", type = "function", function = new { name = "list", arguments = "{}" } } } },
            new { role = "tool", tool_call_id = "c", content = JsonSerializer.Serialize(Enumerable.Range(seed, 80).Select(i => new { id = i, name = Canary, state = "ready" })) },
        },
    });
}
