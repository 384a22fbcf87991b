using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Tests.Compression;

public sealed class RelevanceTests
{
    private static readonly string[] Hay =
    [
        .. Enumerable.Range(0, 200).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"worker-{i % 7} finished job {i} of queue {(char)('a' + (i % 5))} without trouble")),
    ];

    [Theory]
    [InlineData("550e8400-e29b-41d4-a716-446655440000", "request 550e8400-e29b-41d4-a716-446655440000 done")]
    [InlineData("550e8400-e29b-41d4-a716-446655440000", "request 550E8400-E29B-41D4-A716-446655440000 done")]
    [InlineData("what happened in src/App/Main.cs:12?", "at src/App/Main.cs:12 in Run")]
    [InlineData("src/App/Main.cs:12", "Main.cs holds the entry point")]
    [InlineData("price 3.1415", "it is 3.1415 exactly")]
    [InlineData("getUserName", "call to GetUserName() took long")]
    [InlineData("\"no space left\"", "write: No  space\tleft on device")]
    [InlineData("\"and\"", "this and that")]
    [InlineData("where is 'Ola Nordmann'", "name: Ola Nordmann, Oslo")]
    [InlineData("zanzibar", "why Zanzibar is quiet")]
    [InlineData("ÅNGSTRÖM", "ein ångström lang")]
    [InlineData("ΑΘΗΝΑ", "στην αθηνα")]
    [InlineData("数据库错误", "发生数据库错误，请重试")]
    [InlineData("who is bob@example.org", "mail to bob@example.org, please")]
    [InlineData("ORA-00600", "ORA-00600: internal error code")]
    public void What_is_named_exactly_is_always_kept(string query, string document) => Assert.Equal([77], Musts(query, document));

    [Theory]
    [InlineData("doc_93", "doc_931")]
    [InlineData("P-12", "P-120")]
    [InlineData("user_1", "my_user_1")]
    [InlineData("\"space left\"", "space lefty")]
    [InlineData("3.14", "3.1415")]
    [InlineData("getUser", "getUserName")]
    public void A_part_is_no_exact_match(string query, string document) => Assert.DoesNotContain(77, Musts(query, document));

    [Theory]
    [InlineData("finished")]
    [InlineData("\"without trouble\"")]
    [InlineData("job queue")]
    public void A_word_that_every_document_has_says_nothing(string query)
    {
        var ranking = Rank(query, Hay);
        Assert.All(ranking.Scores, score => Assert.Equal(0, score));
        Assert.DoesNotContain(true, ranking.IsMust);
    }

    [Fact]
    public void A_rarer_word_counts_more_and_so_does_a_shorter_document()
    {
        var documents = Hay.ToArray();
        documents[10] = "a lighthouse keeper";
        documents[11] = "a lighthouse keeper who wrote a long letter about the weather of the year";
        var scores = Rank("lighthouse worker-3", documents).Scores;
        Assert.True(scores[10] > scores[11]);
        Assert.True(scores[10] > scores[3]);
        Assert.True(scores[3] > scores[4]);
    }

    [Fact]
    public void Words_inside_identifiers_count()
    {
        var documents = Hay.ToArray();
        documents[5] = "parseHTTPHeader2 was called";
        foreach (var query in new[] { "http parser", "HTTP", "header", "parse" })
        {
            var scores = Rank(query, documents).Scores;
            Assert.Equal(5, Array.IndexOf(scores, scores.Max()));
        }
    }

    [Fact]
    public void Questions_words_are_not_asked_for() => Assert.True(new Relevance("what is the, and why?", []).IsEmpty);

    [Fact]
    public void Nothing_asked_for_looks_at_nothing()
    {
        var ranking = Relevance.None.Rank(3, _ => throw new InvalidOperationException(), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([false, false, false], ranking.IsMust);
        Assert.Equal([0, 0, 0], ranking.Scores);
    }

    [Fact]
    public void Patterns_keep_what_they_are_found_in()
    {
        var relevance = new Relevance(null, [new Regex("^job 1\\d7$", RegexOptions.CultureInvariant), new Regex("ünïcode", RegexOptions.CultureInvariant)]);
        var documents = Enumerable.Range(0, 200).Select(i => i == 40 ? "ünïcode" : string.Create(CultureInfo.InvariantCulture, $"job {i}")).ToArray();
        Assert.Equal([40, 107, 117, 127, 137, 147, 157, 167, 177, 187, 197], MustsOf(relevance.Rank(200, i => Encoding.UTF8.GetBytes(documents[i]), cancellationToken: TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void A_pattern_that_runs_out_of_time_keeps_everything_from_there_on_and_does_not_throw()
    {
        var relevance = new Relevance(null, [new Regex("^(a+)+$", RegexOptions.CultureInvariant, TimeSpan.FromMilliseconds(20))]);
        var documents = Enumerable.Range(0, 50).Select(i => i == 10 ? new string('a', 60) + "!" : "b").ToArray();
        Assert.Equal(Enumerable.Range(10, 40), MustsOf(relevance.Rank(50, i => Encoding.UTF8.GetBytes(documents[i]), cancellationToken: TestContext.Current.CancellationToken)));
    }

    [Property(MaxTest = 300)]
    public Property Any_bytes_can_be_ranked_and_give_the_same_ranking_again() =>
        Prop.ForAll(
            Gen.Choose(0, 255).Select(b => (byte)b).ArrayOf().ListOf(20).ToArbitrary(),
            Gen.Elements("é", "A", "b", "1", "_", "-", " ", "\"", "'", "漢", "\u0301", "\ud83d", "😀", ".", "/").ListOf().ToArbitrary(),
            (documents, query) =>
            {
                var text = string.Concat(query);
                var ranking = new Relevance(text, []).Rank(20, i => documents[i]);
                Assert.All(ranking.Scores, score => Assert.True(double.IsFinite(score) && score >= 0));
                Assert.Equal(ranking.Scores, new Relevance(text, []).Rank(20, i => documents[i]).Scores);
            });

    [Property(MaxTest = 200)]
    public Property A_document_is_found_by_any_of_its_rare_words_in_any_case() =>
        Prop.ForAll(Gen.Elements("lighthouse", "ångström", "Köln", "δοκιμή", "проверка", "x86_64", "10.0.0.1", "naïve-ish").ToArbitrary(), Gen.Choose(0, 199).ToArbitrary(), Gen.Choose(0, 2).ToArbitrary(),
            (word, at, form) =>
            {
                var documents = Hay.ToArray();
                documents[at] = $"nothing but {word}, they say";
                var query = form switch { 0 => word, 1 => word.ToUpperInvariant(), _ => $"show me \"{word.ToLowerInvariant()}\"" };
                Assert.Equal([at], MustsOf(Rank(query, documents)));
            });

    private static Relevance.Ranking Rank(string query, string[] documents) =>
        new Relevance(query, []).Rank(documents.Length, i => Encoding.UTF8.GetBytes(documents[i]));

    private static int[] MustsOf(Relevance.Ranking ranking) => [.. ranking.IsMust.Index().Where(m => m.Item).Select(m => m.Index)];

    private static int[] Musts(string query, string document)
    {
        var documents = Hay.ToArray();
        documents[77] = document;
        return MustsOf(Rank(query, documents));
    }
}
