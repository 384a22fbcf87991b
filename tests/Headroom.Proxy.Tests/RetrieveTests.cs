using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Headroom.Engine.Ccr;
using Headroom.Engine.Content;

namespace Headroom.Proxy.Tests;

public sealed class RetrieveTests
{
    private static readonly string Table =
        "[" + string.Join(",\n ", Enumerable.Range(1, 40).Select(i => $$"""{"id":{{i}},"host":"web-{{i % 7}}","note":"{{(i == 17 ? "Disk full on /var/log/" : "fine")}}"}""")) + "]";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static async Task<(TestProxy Proxy, MemoryCcrStore Store, string Hash)> StartAsync(byte[] original)
    {
        var store = new MemoryCcrStore();
        var hash = await store.PutAsync(original, Token);
        return (await TestProxy.StartAsync(store: store), store, hash);
    }

    [Theory]
    [InlineData("")]
    [InlineData("?query=")]
    [InlineData("?query=%20&rows=&pattern=")]
    [InlineData("?unknown=1")]
    public async Task Without_a_part_the_original_comes_whole(string parameters)
    {
        var (proxy, _, hash) = await StartAsync(Encoding.UTF8.GetBytes(Table));
        await using var _ = proxy;
        var reply = await proxy.GetJsonAsync($"/v1/retrieve/{hash}{parameters}");
        Assert.Equal(["hash", "original_content", "is_whole"], reply.AsObject().Select(p => p.Key));
        Assert.Equal(hash, reply["hash"]!.GetValue<string>());
        Assert.Equal(Table, reply["original_content"]!.GetValue<string>());
        Assert.True(reply["is_whole"]!.GetValue<bool>());
    }

    [Theory]
    [InlineData("rows=17", "\"id\":17,", "17")]
    [InlineData("rows=39-", "\"id\":40,", "40")]
    [InlineData("lines=2-3", "\"id\":3,", "lines 2 to 3")]
    [InlineData("path=$%5B16%5D.note", "Disk full on /var/log/", "$[16].note")]
    [InlineData("pattern=disk%20FULL", "\"id\":17,", "17")]
    [InlineData("pattern=/full.*log/", "\"id\":17,", "17")]
    public async Task A_part_is_exact_and_says_what_share_it_is(string part, string holds, string message)
    {
        var (proxy, _, hash) = await StartAsync(Encoding.UTF8.GetBytes(Table));
        await using var _ = proxy;
        var reply = await proxy.GetJsonAsync($"/v1/retrieve/{hash}?{part}");
        Assert.False(reply["is_whole"]!.GetValue<bool>());
        var content = reply["original_content"]!.GetValue<string>();
        Assert.Contains(holds, content, StringComparison.Ordinal);
        Assert.True(content.Length < Table.Length / 5);
        Assert.All(Regex.Matches(content, "{[^}]*}"), row => Assert.Contains(row.Value, Table, StringComparison.Ordinal));
        Assert.Contains(message, reply["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("disk%20full")]
    [InlineData("/var/log/")]
    public async Task A_query_that_occurs_gives_the_part_and_tells_the_model_that_it_is_one(string query)
    {
        var (proxy, _, hash) = await StartAsync(Encoding.UTF8.GetBytes(Table));
        await using var _ = proxy;
        var reply = await proxy.GetJsonAsync($"/v1/retrieve/{hash}?query={query}");
        var content = reply["original_content"]!.GetValue<string>();
        Assert.StartsWith($"[{reply["message"]!.GetValue<string>()}]\n", content, StringComparison.Ordinal);
        Assert.Contains("\"id\":17,", content, StringComparison.Ordinal);
        Assert.True(content.Length < Table.Length / 5);
        Assert.False(reply["is_whole"]!.GetValue<bool>());
        Assert.Null(reply["query_hits"]);
    }

    [Theory]
    [InlineData("what%20is%20wrong%20with%20the%20disk")]
    [InlineData("/(/")]
    [InlineData("$.items%5B0%5D")]
    public async Task A_query_that_does_not_occur_gives_everything(string query)
    {
        var (proxy, _, hash) = await StartAsync(Encoding.UTF8.GetBytes(Table));
        await using var _ = proxy;
        var reply = await proxy.GetJsonAsync($"/v1/retrieve/{hash}?query={query}");
        Assert.Equal(Table, reply["original_content"]!.GetValue<string>());
        Assert.True(reply["is_whole"]!.GetValue<bool>());
        Assert.Equal(0, reply["query_hits"]!.GetValue<int>());
        Assert.NotEmpty(reply["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_pattern_that_does_not_occur_says_so()
    {
        var (proxy, _, hash) = await StartAsync(Encoding.UTF8.GetBytes(Table));
        await using var _ = proxy;
        var reply = await proxy.GetJsonAsync($"/v1/retrieve/{hash}?pattern=nowhere");
        Assert.Empty(reply["original_content"]!.GetValue<string>());
        Assert.False(reply["is_whole"]!.GetValue<bool>());
        Assert.Contains("40", reply["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rows=zero")]
    [InlineData("rows=0")]
    [InlineData("lines=9-3")]
    [InlineData("rows=1&rows=2")]
    [InlineData("rows=1&lines=1")]
    [InlineData("query=a&pattern=b")]
    [InlineData("query=a&path=$")]
    [InlineData("path=nonsense%5B")]
    [InlineData("pattern=/(/")]
    public async Task A_part_that_cannot_be_is_told_apart_from_one_that_is_not_there(string part)
    {
        var (proxy, _, hash) = await StartAsync(Encoding.UTF8.GetBytes(Table));
        await using var _ = proxy;
        using var response = await proxy.SendAsync("GET", $"/v1/retrieve/{hash}?{part}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var error = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["error"]!;
        Assert.Equal("invalid_request", error["type"]!.GetValue<string>());
        Assert.NotEmpty(error["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task Bytes_that_are_no_text_come_beside_it()
    {
        byte[] original = [0xFF, 0xFE, 0x00, 0x41, .. Enumerable.Range(0, 256).Select(i => (byte)i)];
        var (proxy, _, hash) = await StartAsync(original);
        await using var _ = proxy;
        foreach (var parameters in (string[])["", "?query=nothing"])
        {
            var reply = await proxy.GetJsonAsync($"/v1/retrieve/{hash}{parameters}");
            Assert.Equal(original, Convert.FromBase64String(reply["original_base64"]!.GetValue<string>()));
            Assert.Equal(Encoding.UTF8.GetString(original), reply["original_content"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_file_in_another_encoding_comes_as_its_text_and_its_own_bytes()
    {
        byte[] original = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Table)];
        foreach (var file in (byte[][])[original, Encoding.Unicode.GetBytes(Table)])
        {
            var (proxy, _, hash) = await StartAsync(SourceText.Read(file, Encoding.Unicode).Stored.ToArray());
            await using var _ = proxy;
            var reply = await proxy.GetJsonAsync($"/v1/retrieve/{hash}");
            Assert.Equal(file, Convert.FromBase64String(reply["original_base64"]!.GetValue<string>()));
            Assert.Equal(Table, reply["original_content"]!.GetValue<string>());
        }
    }

    [Fact]
    public async Task A_hash_is_found_however_its_url_is_spelled()
    {
        var (proxy, _, hash) = await StartAsync(Encoding.UTF8.GetBytes(Table));
        await using var _ = proxy;
        foreach (var path in (string[])[hash.ToUpperInvariant(), hash + "/", string.Concat(hash.Select(c => $"%{(int)c:X2}"))])
        {
            Assert.Equal(Table, (await proxy.GetJsonAsync("/v1/retrieve/" + path))["original_content"]!.GetValue<string>());
        }

        using var head = await proxy.SendAsync("HEAD", $"/v1/retrieve/{hash}");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.True(head.Content.Headers.ContentLength > Table.Length);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Token));
        Assert.Empty(proxy.Upstream.Requests);
    }

    [Theory]
    [InlineData("POST", "/v1/retrieve/0123456789abcdef01234567", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("GET", "/v1/compress", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("HEAD", "/v1/compress/", HttpStatusCode.MethodNotAllowed, null)]
    [InlineData("DELETE", "/stats", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    [InlineData("GET", "/v1/retrieve", HttpStatusCode.BadRequest, "invalid_request")]
    [InlineData("GET", "/v1/retrieve/", HttpStatusCode.BadRequest, "invalid_request")]
    [InlineData("GET", "/v1/retrieve/x", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/v1/retrieve/0123456789abcdef01234567", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/v1/retrieve/0123456789ABCDEF01234567?rows=1", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/v1/retrieve/..%2F..%2Fetc%2Fpasswd", HttpStatusCode.NotFound, "not_found")]
    [InlineData("GET", "/v1/retrieve/a/b", HttpStatusCode.NotFound, "not_found")]
    public async Task What_is_not_there_is_answered_here_and_not_upstream(string method, string path, HttpStatusCode status, string? type)
    {
        await using var proxy = await TestProxy.StartAsync();
        using var response = await proxy.SendAsync(method, path);
        Assert.Equal(status, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal(type, text.Length == 0 ? null : JsonNode.Parse(text)!["error"]!["type"]!.GetValue<string>());
        Assert.Empty(proxy.Upstream.Requests);
    }

    [Fact]
    public async Task What_was_removed_is_told_apart_from_what_never_was()
    {
        var (proxy, store, hash) = await StartAsync(Encoding.UTF8.GetBytes(Table));
        await using var _ = proxy;
        await store.ClearAsync(Token);
        using var response = await proxy.SendAsync("GET", $"/v1/retrieve/{hash}");
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("expired", JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["error"]!["type"]!.GetValue<string>());
    }
}
