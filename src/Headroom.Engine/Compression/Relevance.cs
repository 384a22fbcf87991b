using System.Text;
using System.Text.RegularExpressions;

namespace Headroom.Engine.Compression;

/// <summary>What a caller wants to see in a view: a query's words, and patterns of what must always stay.</summary>
internal sealed class Relevance(string? query, IReadOnlyList<Regex> keep)
{
    public static Relevance None { get; } = new(null, []);

    /// <summary>The query as given; null when nothing was asked.</summary>
    public string? Query => query;

    /// <summary>Nothing was asked for: every document is as good as another.</summary>
    public bool IsEmpty => query is null && keep.Count == 0;

    /// <summary>Judges documents (rows, lines, blocks) against each other.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="document">The UTF-8 text of one; not called when nothing was asked for.</param>
    public Ranking Rank(int count, Func<int, ReadOnlyMemory<byte>> document)
    {
        var ranking = new Ranking(new bool[count], new double[count]);
        for (var i = 0; !IsEmpty && i < count; i++)
        {
            var text = Encoding.UTF8.GetString(document(i).Span);
            ranking.IsMust[i] = keep.Any(pattern => pattern.IsMatch(text));
            ranking.Scores[i] = query is not null && text.Contains(query, StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        }

        return ranking;
    }

    /// <summary>What became of the documents.</summary>
    /// <param name="IsMust">Exact matches of the query and matches of a keep pattern: always shown.</param>
    /// <param name="Scores">How well each fits the query; zero when not at all.</param>
    public sealed record Ranking(bool[] IsMust, double[] Scores);
}
