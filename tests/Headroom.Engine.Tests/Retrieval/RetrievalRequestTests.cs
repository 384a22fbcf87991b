using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Retrieval;

namespace Headroom.Engine.Tests.Retrieval;

public sealed class RetrievalRequestTests
{
    private const string Hash = "0123456789abcdef01234567";

    private static RetrievalRequest? Read(string arguments, out string? problem) =>
        RetrievalRequest.Read(Encoding.UTF8.GetBytes(arguments), out problem);

    [Theory]
    [InlineData("5", 5, 5)]
    [InlineData("5-10", 5, 10)]
    [InlineData("5-", 5, long.MaxValue)]
    [InlineData("-10", 1, 10)]
    [InlineData(" 5 - 10 ", 5, 10)]
    [InlineData("7-7", 7, 7)]
    public void A_range_is_read(string text, long first, long last)
    {
        Assert.True(RetrievalRequest.Span.TryParse(text, out var span));
        Assert.Equal(new RetrievalRequest.Span(first, last), span);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("0")]
    [InlineData("0-3")]
    [InlineData("-0")]
    [InlineData("10-5")]
    [InlineData("1-2-3")]
    [InlineData("+1")]
    [InlineData("1.5")]
    [InlineData("a-b")]
    [InlineData("99999999999999999999")]
    [InlineData("1,000")]
    public void What_is_no_range_is_told(string text) => Assert.False(RetrievalRequest.Span.TryParse(text, out _));

    [Property(MaxTest = 300)]
    public void Every_range_is_read_as_it_is_written(uint first, uint more)
    {
        var span = new RetrievalRequest.Span(first + 1L, first + 1L + more);
        Assert.True(RetrievalRequest.Span.TryParse($"{span.First}-{span.Last}", out var read));
        Assert.Equal(span, read);
    }

    [Fact]
    public void Each_part_is_read()
    {
        Assert.Equal(new RetrievalRequest { Hash = Hash }, Read($$"""{"hash":"{{Hash}}"}""", out _));
        Assert.Equal(new RetrievalRequest { Hash = Hash, Rows = new(1, 20) }, Read($$"""{"rows":"1-20","hash":"{{Hash}}"}""", out _));
        Assert.Equal(new RetrievalRequest { Hash = Hash, Lines = new(10, 40) }, Read($$"""{"hash":"{{Hash}}","lines":"10-40"}""", out _));
        Assert.Equal(new RetrievalRequest { Hash = Hash, Path = "$.items[3]" }, Read($$"""{"hash":"{{Hash}}","path":"$.items[3]"}""", out _));
        Assert.Equal(new RetrievalRequest { Hash = Hash, Pattern = "/a\"b/" }, Read($$"""{"hash":"{{Hash}}","pattern":"/a\"b/"}""", out _));
    }

    [Theory]
    [InlineData("""{"hash":"[952 of 1000 rows not shown; headroom_retrieve hash=0123456789abcdef01234567]","rows":5}""")]
    [InlineData("""{"hash":"hash=0123456789ABCDEF01234567","rows":"5"}""")]
    [InlineData("""{"hash":" 0123456789abcdef01234567 ","rows":"5-5","lines":"","path":null,"pattern":"  "}""")]
    [InlineData("""{"hash":"0123456789abcdef01234567","rows":"5","reason":{"a":[1]},"limit":3}""")]
    [InlineData("""{"hash":"facade 0123456789abcdef01234567","rows":"5"}""")]
    public void What_can_only_mean_one_thing_is_taken_so(string arguments)
    {
        Assert.Equal(new RetrievalRequest { Hash = Hash, Rows = new(5, 5) }, Read(arguments, out var problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("", "not valid JSON")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{\"hash\":\"x\"} {}", "not valid JSON")]
    [InlineData("{\"hash\":\"\\ud800\"}", "not valid JSON")]
    [InlineData("[]", "must be a JSON object")]
    [InlineData("null", "must be a JSON object")]
    [InlineData("{}", "hash is missing")]
    [InlineData("{\"hash\":null}", "hash is missing")]
    [InlineData("{\"hash\":[\"0123456789abcdef01234567\"]}", "member hash must be a string")]
    [InlineData("{\"hash\":\"0123456789abcdef01234567\",\"rows\":true}", "member rows must be a string")]
    [InlineData("{\"hash\":\"0123456789abcdef01234567\",\"rows\":\"first\"}", "member rows must be a range")]
    [InlineData("{\"hash\":\"0123456789abcdef01234567\",\"lines\":0}", "member lines must be a range")]
    [InlineData("{\"hash\":\"0123456789abcdef01234567\",\"lines\":\"1\",\"rows\":\"1\"}", "only one of rows, lines, path and pattern")]
    public void What_is_wrong_is_said_so_that_a_model_can_mend_it(string arguments, string expected)
    {
        Assert.Null(Read(arguments, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Property(MaxTest = 2_000)]
    public async Task Whatever_the_arguments_are_there_is_an_answer(byte[]? noise, string? text, uint at, bool isJson)
    {
        await using var store = new MemoryCcrStore();
        var hash = await store.PutAsync("[1,2,3]"u8.ToArray(), TestContext.Current.CancellationToken);
        var valid = Encoding.UTF8.GetBytes($$$"""{"hash":"{{{hash}}}","rows":"1-2","x":{"y":[1,2]}}""");
        byte[] arguments;
        if (isJson)
        {
            // Valid arguments, damaged at one place.
            noise ??= [];
            var place = (int)(at % valid.Length);
            arguments = [.. valid[..place], .. noise, .. valid[Math.Min(valid.Length, place + noise.Length)..]];
        }
        else
        {
            arguments = [.. Encoding.UTF8.GetBytes($"{{\"hash\":\"{hash}\",\"path\":{System.Text.Json.JsonSerializer.Serialize(text)}}}")];
        }

        Assert.NotEmpty(await Retriever.AnswerAsync(store, arguments, TestContext.Current.CancellationToken));
    }
}
