using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Engine.Tests.Ccr;
using static Headroom.Engine.Tests.Requests.LocatedBlocks;
using Compressor = System.Func<
    System.ReadOnlyMemory<byte>,
    Headroom.Engine.Compression.CompressionOptions,
    System.Threading.CancellationToken,
    Headroom.Engine.Compression.CompressionResult>;

namespace Headroom.Engine.Tests.Requests;

/// <summary>Whole sessions: what a provider has cached is sent again byte for byte.</summary>
public sealed class ReplayTests
{
    private readonly MemoryCcrStore _store = new();

    public static TheoryData<string, string> FormatsAndCompressors => new MatrixTheoryData<string, string>(
        [OpenAI.Name, Anthropic.Name], ["fake", "numbering", "router"]);

    public static TheoryData<string> Formats => [OpenAI.Name, Anthropic.Name];

    private static Compressor CompressorNamed(string name) => name switch
    {
        "fake" => FakeCompressor.Shorten,
        "numbering" => FakeCompressor.Numbering(),
        _ => ContentRouter.Compress,
    };

    private static RequestOptimizer Optimizer(ICcrStore store, Compressor compress) =>
        new(store, new RequestOptimizerOptions { BlockDeadline = TimeSpan.FromMinutes(1) }, TimeProvider.System, compress);

    private static async Task<string> Send(RequestOptimizer optimizer, GrowingSession session, int turn, bool mustShrink = true)
    {
        var (body, _) = session.Body(turn);
        var request = await optimizer.OptimizeAsync(session.Format, body, TestContext.Current.CancellationToken);
        Assert.Equal(GrowingSession.PinnedBlocks(turn), request.Outcomes.Count(o => o.Pin is not null));
        if (mustShrink)
        {
            Assert.Equal(Reason.Compressed, request.Reason);
            Assert.True(request.Body.Length < body.Length);
        }

        return Encoding.UTF8.GetString(request.Body.Span);
    }

    private static async Task<string[]> SendAll(RequestOptimizer optimizer, GrowingSession session, bool mustShrink = true)
    {
        var sent = new string[GrowingSession.Turns];
        for (var turn = 0; turn < sent.Length; turn++)
        {
            sent[turn] = await Send(optimizer, session, turn, mustShrink);
        }

        return sent;
    }

    private static void AssertEachIsAPrefixOfTheNext(GrowingSession session, string[] sent)
    {
        for (var turn = 0; turn + 1 < sent.Length; turn++)
        {
            var tail = session.Body(turn).Tail;
            Assert.StartsWith(WithoutMarks(sent[turn])[..^tail], WithoutMarks(sent[turn + 1]), StringComparison.Ordinal);
        }
    }

    private static string WithoutMarks(string body) => body.Replace(GrowingSession.CacheMark, "", StringComparison.Ordinal);

    private static string[] Blocks(GrowingSession session, string body)
    {
        var utf8 = Encoding.UTF8.GetBytes(body);
        return [.. session.Format.Locate(utf8)!.Blocks.Select(b => Text(utf8, b))];
    }

    [Theory]
    [MemberData(nameof(FormatsAndCompressors))]
    public async Task What_was_sent_at_a_turn_begins_what_is_sent_at_the_next(string format, string compressor)
    {
        var session = new GrowingSession(format);
        var sent = await SendAll(Optimizer(_store, CompressorNamed(compressor)), session);
        AssertEachIsAPrefixOfTheNext(session, sent);
    }

    [Theory]
    [MemberData(nameof(FormatsAndCompressors))]
    public async Task A_restart_in_the_middle_changes_no_byte(string format, string compressor)
    {
        var session = new GrowingSession(format, hasRetrieveTool: true);
        var compress = CompressorNamed(compressor);
        var before = Optimizer(_store, compress);
        var sent = new string[GrowingSession.Turns];
        for (var turn = 0; turn < sent.Length; turn++)
        {
            var optimizer = turn < sent.Length / 2 ? before : Optimizer(_store, compress);
            sent[turn] = await Send(optimizer, session, turn);
        }

        AssertEachIsAPrefixOfTheNext(session, sent);

        // What has been decided needs no compressor any more.
        var replaying = Optimizer(_store, (_, _, _) => throw new InvalidOperationException("Decided long ago."));
        Assert.Equal(sent, await SendAll(replaying, session));
    }

    [Theory]
    [MemberData(nameof(FormatsAndCompressors))]
    public async Task A_database_opened_again_replays_the_same_bytes(string format, string compressor)
    {
        using var directory = new TemporaryDirectory();
        var session = new GrowingSession(format, hasRetrieveTool: true);
        var compress = CompressorNamed(compressor);
        var sent = new string[GrowingSession.Turns];
        for (var turn = 0; turn < sent.Length; turn++)
        {
            // A new connection and a new optimizer at each turn: nothing but the file remembers.
            await using var store = new SqliteCcrStore(directory.Path);
            sent[turn] = await Send(Optimizer(store, compress), session, turn);
        }

        AssertEachIsAPrefixOfTheNext(session, sent);
    }

    [Theory]
    [MemberData(nameof(FormatsAndCompressors))]
    public async Task What_the_user_types_does_not_touch_the_results(string format, string compressor)
    {
        var fix = new GrowingSession(format, userText: "fix the error");
        var review = new GrowingSession(format, userText: "review item 3, please");
        // A numbering compressor would answer differently to a second store.
        var (one, two) = compressor == "numbering" ? (_store, _store) : (_store, new MemoryCcrStore());
        var fixes = await SendAll(Optimizer(one, CompressorNamed(compressor)), fix);
        var reviews = await SendAll(Optimizer(two, CompressorNamed(compressor)), review);
        for (var turn = 0; turn < fixes.Length; turn++)
        {
            Assert.NotEqual(fixes[turn], reviews[turn]);
            Assert.Equal(Blocks(fix, fixes[turn]), Blocks(review, reviews[turn]));
        }
    }

    [Theory]
    [MemberData(nameof(FormatsAndCompressors))]
    public async Task Sixteen_sessions_at_once_send_what_they_would_send_alone(string format, string compressor)
    {
        var compress = CompressorNamed(compressor);
        var optimizer = Optimizer(_store, compress);
        // Four sets of results, each in four sessions, so that they also race for the same pins.
        var sessions = Enumerable.Range(0, 16).Select(i => new GrowingSession(format, (ulong)(i % 4))).ToArray();
        var parallel = await Task.WhenAll(sessions.Select(s => Task.Run(() => SendAll(optimizer, s))));
        for (var i = 0; i < sessions.Length; i++)
        {
            AssertEachIsAPrefixOfTheNext(sessions[i], parallel[i]);
            Assert.Equal(parallel[i % 4], parallel[i]);
        }

        if (compressor != "numbering")
        {
            var alone = Optimizer(new MemoryCcrStore(), compress);
            for (var i = 0; i < 4; i++)
            {
                Assert.Equal(await SendAll(alone, sessions[i]), parallel[i]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_compressor_and_a_store_that_fail_at_random_never_change_what_was_sent(string format)
    {
        var seed = 0;
        Compressor compress = (utf8, options, token) => (Interlocked.Increment(ref seed) * 7 % 11) switch
        {
            0 or 4 => throw new OperationCanceledException("Out of time."),
            1 or 6 => throw new InvalidDataException("Broken."),
            _ => FakeCompressor.Shorten(utf8, options, token),
        };
        var store = new UnreliableStore();
        var session = new GrowingSession(format);
        var optimizer = Optimizer(store, compress);
        var sent = new string[GrowingSession.Turns];
        for (var turn = 0; turn < sent.Length; turn++)
        {
            store.FailsToPin = turn % 5 == 3;
            var request = await optimizer.OptimizeAsync(
                session.Format, session.Body(turn).Body, TestContext.Current.CancellationToken);
            sent[turn] = Encoding.UTF8.GetString(request.Body.Span);
        }

        AssertEachIsAPrefixOfTheNext(session, sent);
        var reasons = store.Proposals.Select(p => p.Pin.Reason).ToHashSet();
        Assert.Superset(
            new HashSet<string> { Reason.Timeout.Code(), Reason.CompressorFailed.Code(), Reason.Lossless.Code(), Reason.StoreUnavailable.Code() },
            reasons);
    }

    [Theory]
    [MemberData(nameof(FormatsAndCompressors))]
    public async Task A_second_proxy_behind_the_first_changes_nothing(string format, string compressor)
    {
        var session = new GrowingSession(format, hasRetrieveTool: true);
        var first = Optimizer(_store, CompressorNamed(compressor));
        var second = Optimizer(new MemoryCcrStore(), CompressorNamed(compressor));
        for (var turn = 0; turn < GrowingSession.Turns; turn++)
        {
            var once = Encoding.UTF8.GetBytes(await Send(first, session, turn));
            var twice = await second.OptimizeAsync(session.Format, once, TestContext.Current.CancellationToken);
            Assert.True(twice.Body.Equals(once));
        }
    }

    [Theory]
    [MemberData(nameof(FormatsAndCompressors))]
    public async Task Every_replaced_result_can_be_had_back(string format, string compressor)
    {
        var session = new GrowingSession(format, hasRetrieveTool: true);
        var optimizer = Optimizer(_store, CompressorNamed(compressor));
        var (body, _) = session.Body(GrowingSession.Turns - 1);
        var request = await optimizer.OptimizeAsync(session.Format, body, TestContext.Current.CancellationToken);
        var replaced = request.Outcomes.Where(o => o.Pin?.Replacement is not null).ToArray();
        Assert.NotEmpty(replaced);
        foreach (var outcome in replaced)
        {
            var original = await _store.GetAsync(outcome.Pin!.Hash!, TestContext.Current.CancellationToken);
            Assert.Equal(Text(body, outcome.Block), Encoding.UTF8.GetString(original!));
        }
    }
}
