using System.Text;
using Headroom.Engine.Tokens;
using Headroom.TestData;
using Microsoft.ML.Tokenizers;

namespace Headroom.Engine.Tests.Tokens;

public sealed class TiktokenCounterTests
{
    private static readonly Lazy<TiktokenTokenizer> O200k = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));
    private static readonly Lazy<TiktokenTokenizer> Cl100k = new(() => TiktokenTokenizer.CreateForEncoding("cl100k_base"));

    private static int O200kBase(string text) => TokenCounters.O200kBase.Count(Encoding.UTF8.GetBytes(text));

    private static int Cl100kBase(string text) => TokenCounters.Cl100kBase.Count(Encoding.UTF8.GetBytes(text));

    [Fact]
    public void Counts_are_those_that_are_published_for_the_encodings()
    {
        // openai-cookbook, "How to count tokens with tiktoken"; tiktoken pull request 440.
        Assert.Equal(6, Cl100kBase("tiktoken is great!"));
        Assert.Equal(6, Cl100kBase("antidisestablishmentarianism"));
        Assert.Equal(7, Cl100kBase("2 + 2 = 4"));
        Assert.Equal(9, Cl100kBase("お誕生日おめでとう"));
        Assert.Equal(8, O200kBase("お誕生日おめでとう"));
        Assert.Equal(2, O200kBase("hello world"));
        Assert.Equal(0, O200kBase(""));
    }

    [Theory]
    [InlineData("<|endoftext|>")]
    [InlineData("<|endofprompt|>")]
    [InlineData("<|fim_prefix|>")]
    public void The_spelling_of_a_special_token_counts_as_plain_text(string special)
    {
        // As the special token it would be one. tiktoken with disallowed_special=() gives 7 for <|endoftext|>: <, |, three of the word, |, >.
        Assert.InRange(O200kBase(special), 6, 9);
        Assert.InRange(Cl100kBase(special), 6, 9);
        Assert.Equal(O200kBase("a " + special) + 1, O200kBase("a " + special + " b"));
    }

    [Fact]
    public void Counts_are_those_of_the_tokenizer_library_on_all_captured_files()
    {
        foreach (var fixture in Fixtures.Json.Concat(Fixtures.In("text")))
        {
            var utf8 = fixture.Utf8();
            var text = Encoding.UTF8.GetString(utf8);
            Assert.Equal(O200k.Value.CountTokens(text), TokenCounters.O200kBase.Count(utf8));
            Assert.Equal(Cl100k.Value.CountTokens(text), TokenCounters.Cl100kBase.Count(utf8));
        }
    }

    [Property(MaxTest = 2000, Arbitrary = [typeof(RandomText)])]
    public void Any_bytes_count_as_their_text_with_replacement_characters(RandomText random)
    {
        var text = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(random.Utf8));
        Assert.Equal(TokenCounters.O200kBase.Count(text), TokenCounters.O200kBase.Count(random.Utf8));
        Assert.Equal(TokenCounters.Cl100kBase.Count(text), TokenCounters.Cl100kBase.Count(random.Utf8));
    }

    [Fact]
    public void Every_byte_of_ascii_is_one_token()
    {
        for (var b = 0; b < 0x80; b++)
        {
            var text = ((char)b).ToString();
            Assert.Equal(1, O200k.Value.CountTokens(text));
            Assert.Equal(1, Cl100k.Value.CountTokens(text));
        }
    }

    [Fact]
    public void Counts_stay_right_when_more_pieces_come_than_are_remembered()
    {
        var random = new SeededRandom(7);
        var text = new StringBuilder();
        for (var i = 0; i < 150_000; i++)
        {
            text.Append(' ').Append((char)random.Next('a', 'z')).Append((char)random.Next('a', 'z')).Append((char)random.Next('a', 'z')).Append((char)random.Next('a', 'z'));
        }

        var utf8 = Encoding.UTF8.GetBytes(text.ToString());
        var expected = O200k.Value.CountTokens(text.ToString());
        var counter = new TiktokenCounter("o200k_base", PieceScanner.O200kPiece);
        Parallel.For(0, 4, _ => Assert.Equal(expected, counter.Count(utf8)));
        Assert.Equal(expected, counter.Count(utf8));
    }

    [Fact]
    public void A_long_run_without_a_boundary_is_counted_exactly()
    {
        // tiktoken: 12,500 for the first 100,000.
        Assert.Equal(1_000_000 / 8, O200kBase(new string('a', 1_000_000)));
        Assert.Equal(5_000, O200kBase(string.Concat(Enumerable.Repeat("😀", 5_000))));
    }

    [Fact]
    public void Nothing_is_loaded_before_the_first_count()
    {
        var counter = new TiktokenCounter("o200k_base", PieceScanner.O200kPiece);
        Assert.Equal("o200k_base", counter.Name);
        Assert.Equal(CountAccuracy.Exact, counter.Accuracy);
        Assert.False(counter.IsLoaded);
        counter.Count("xy"u8);
        Assert.True(counter.IsLoaded);
    }

    [Fact]
    public void Threads_get_the_same_counts()
    {
        var texts = Enumerable.Range(0, 16).Select(i => DatabaseRows.Generate(40, DatabaseTable.Mixed, (ulong)i).Utf8(JsonLayout.Compact)).ToArray();
        var expected = texts.Select(t => O200k.Value.CountTokens(Encoding.UTF8.GetString(t))).ToArray();
        var counter = new TiktokenCounter("o200k_base", PieceScanner.O200kPiece);
        var actual = new int[texts.Length];
        Parallel.For(0, texts.Length, i => actual[i] = counter.Count(texts[i]));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void A_long_piece_takes_memory_in_proportion_to_its_length()
    {
        var piece = new byte[1 << 20];
        piece.AsSpan().Fill((byte)'{');
        _ = TokenCounters.O200kBase.Count(piece);
        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = TokenCounters.O200kBase.Count(piece);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / piece.Length, 0, 32);
    }
}
