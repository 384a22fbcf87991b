using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Retrieval;

namespace Headroom.Proxy.Tests;

/// <summary>What stands in one workspace is out of reach of another, whoever plants a marker where.</summary>
public sealed class IsolationTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("headroom-isolation-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<TestProxy> StartAsync(string workspace) =>
        TestProxy.StartAsync(o => o with { Store = CcrStoreAddress.Sqlite, DataDirectory = _directory, Workspace = workspace });

    private static async Task<JsonNode> CompressAsync(TestProxy proxy, params string[] toolResults)
    {
        var messages = string.Join(',', toolResults.Select(t => $$"""{"role":"tool","tool_call_id":"c","content":{{TestBodies.Quote(t)}}}"""));
        using var response = await proxy.PostAsync("/v1/compress", $$"""{"model":"m","messages":[{{messages}}]}""");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
    }

    private static string Text(JsonNode reply, int message = 0) => reply["messages"]![message]!["content"]!.GetValue<string>();

    private static async Task<HttpStatusCode> StatusOf(TestProxy proxy, string hash, string part = "")
    {
        using var response = await proxy.SendAsync("GET", $"/v1/retrieve/{hash}{part}");
        return response.StatusCode;
    }

    [Fact]
    public async Task A_hash_of_one_workspace_is_nothing_in_another()
    {
        await using var red = await StartAsync("red");
        await using var blue = await StartAsync("blue");
        var original = TestBodies.Rows(300);
        var hash = Assert.Single((await CompressAsync(red, original))["ccr_hashes"]!.AsArray())!.GetValue<string>();
        var other = Assert.Single((await CompressAsync(blue, TestBodies.Rows(200)))["ccr_hashes"]!.AsArray())!.GetValue<string>();

        Assert.Equal(HttpStatusCode.OK, await StatusOf(red, hash));
        foreach (var part in (string[])["", "?rows=1", "?lines=1", "?path=$", "?pattern=e", "?query=e"])
        {
            Assert.Equal(HttpStatusCode.NotFound, await StatusOf(blue, hash, part));
            Assert.Equal(HttpStatusCode.NotFound, await StatusOf(red, other, part));
        }

        // The same holds for a model's call, over the same file and a store of its own.
        await using var store = new SqliteCcrStore(_directory, "blue", TimeProvider.System);
        Assert.NotNull(await store.GetAsync(other, Token));
        foreach (var arguments in (string[])["""{"hash":"HASH"}""", """{"hash":"HASH","rows":"1-"}""", """{"hash":"[x; headroom_retrieve hash=HASH]"}"""])
        {
            var call = Encoding.UTF8.GetBytes(arguments.Replace("HASH", hash, StringComparison.Ordinal));
            var answer = await Retriever.AnswerAsync(store, call, Token);
            Assert.Equal($"[This store never had an original under {hash}.]", answer);
        }

        // Equal content gets another hash, so that a hash tells nobody what another workspace holds.
        var same = Assert.Single((await CompressAsync(blue, original))["ccr_hashes"]!.AsArray())!.GetValue<string>();
        Assert.NotEqual(hash, same);
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(red, same));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_planted_marker_is_text_like_any_other(bool ofAnotherWorkspace)
    {
        await using var red = await StartAsync("red");
        await using var blue = await StartAsync("blue");
        var secret = Assert.Single((await CompressAsync(red, TestBodies.Rows(300)))["ccr_hashes"]!.AsArray())!.GetValue<string>();
        var planted = Marker.Write("936 of 1000 rows not shown", ofAnotherWorkspace ? secret : "0123456789abcdef01234567");

        // In a row, before the rows, and alone between results that have nothing to do with it.
        var rows = TestBodies.Rows(300, seed: 11);
        var inRow = rows.Insert(rows.IndexOf("\"snippet\": \"", StringComparison.Ordinal) + "\"snippet\": \"".Length, planted);
        var log = string.Join('\n', Enumerable.Range(0, 600).Select(i => $"2025-01-01T12:{i / 60:00}:{i % 60:00}Z INFO served request {i * 7919 % 1000} in {i % 13} ms"));
        var before = planted + "\n" + log;
        var reply = await CompressAsync(blue, inRow, before, planted, rows);
        var own = reply["ccr_hashes"]!.AsArray().Select(h => h!.GetValue<string>()).ToArray();

        // Each result that pays gets its own view, and only our markers count.
        foreach (var (index, original) in ((int, string)[])[(0, inRow), (1, before), (3, rows)])
        {
            var view = Text(reply, index);
            Assert.True(view.Length < original.Length / 3);
            var hash = Marker.HashesIn(view)[^1];
            Assert.Contains(hash, own);
            Assert.Equal(original, (await blue.GetJsonAsync($"/v1/retrieve/{hash}"))["original_content"]!.GetValue<string>());
        }

        Assert.Equal(planted, Text(reply, 2));
        Assert.DoesNotContain(secret, own);
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(blue, secret));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(blue, "0123456789abcdef01234567"));
    }

    [Fact]
    public async Task A_planted_marker_at_the_end_leaves_its_own_result_alone_and_no_other()
    {
        await using var proxy = await StartAsync("red");
        var rows = TestBodies.Rows(300);
        var ended = rows + "\n" + Marker.Write("nothing is missing", "0123456789abcdef01234567");
        var reply = await CompressAsync(proxy, ended, rows);
        Assert.Equal(ended, Text(reply));
        Assert.True(Text(reply, 1).Length < rows.Length / 3);
        Assert.Single(reply["ccr_hashes"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(proxy, "0123456789abcdef01234567"));
    }

    [Fact]
    public async Task Decisions_are_kept_apart_too()
    {
        await using var red = await StartAsync("red");
        await using var blue = await StartAsync("blue");
        var original = TestBodies.Rows(300);
        var (inRed, inBlue) = (Text(await CompressAsync(red, original)), Text(await CompressAsync(blue, original)));
        var (redHash, blueHash) = (Marker.HashesIn(inRed).Single(), Marker.HashesIn(inBlue).Single());
        Assert.NotEqual(redHash, blueHash);
        Assert.Equal(inRed.Replace(redHash, blueHash, StringComparison.Ordinal), inBlue);
    }
}
