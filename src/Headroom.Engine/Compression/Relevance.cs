using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Headroom.Engine.Compression;

/// <summary>
/// What a caller wants to see in a view: a query, and patterns of what must always stay. Documents are ranked by BM25 (S. E. Robertson
/// and S. Walker, SIGIR 1994; k1 = 1.2, b = 0.75) with document frequencies counted over the documents at hand.
/// </summary>
internal sealed class Relevance
{
    private const double K1 = 1.2;
    private const double B = 0.75;

    private readonly QueryMatcher? _query;
    private readonly IReadOnlyList<Regex> _keep;

    public Relevance(string? query, IReadOnlyList<Regex> keep)
    {
        var matcher = query is null ? null : new QueryMatcher(query);
        _query = matcher?.Count > 0 ? matcher : null;
        _keep = keep;
    }

    public static Relevance None { get; } = new(null, []);

    /// <summary>Nothing was asked for: every document is as good as another.</summary>
    public bool IsEmpty => _query is null && _keep.Count == 0;

    /// <summary>Judges documents (rows, lines, blocks) against each other.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="document">
    /// The UTF-8 text of one. Called once for each, in ascending order, and what it gave is not looked at after the next call; not called when
    /// nothing was asked for.
    /// </param>
    /// <param name="source">The text that patterns are tried on as well, where it is not the document itself.</param>
    /// <param name="cancellationToken">Ends the work between documents.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Ranking Rank(
        int count, Func<int, ReadOnlyMemory<byte>> document, Func<int, ReadOnlyMemory<byte>>? source = null, CancellationToken cancellationToken = default)
    {
        var ranking = new Ranking(new bool[count], new double[count]);
        if (IsEmpty)
        {
            return ranking;
        }

        // :: Step 1: what each document holds of the query, and whether a pattern is found in it.
        var terms = _query?.Count ?? 0;
        var frequencies = new int[terms];
        var documentsWith = new int[terms];
        var lengths = new int[terms == 0 ? 0 : count];
        var hits = new List<(int Document, ushort Term, ushort Frequency)>();
        var timedOut = new bool[_keep.Count];
        var total = 0L;
        for (var i = 0; i < count; i++)
        {
            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var text = document(i);
            if (_query is not null)
            {
                lengths[i] = _query.CountTerms(text.Span, frequencies);
                total += lengths[i];
                for (var term = frequencies.AsSpan().IndexOfAnyExcept(0); term >= 0 && term < terms; term++)
                {
                    if (frequencies[term] > 0)
                    {
                        // What more than half of all documents have is worth nothing; the rest of them need not be known.
                        if (++documentsWith[term] * 2L <= count)
                        {
                            hits.Add((i, (ushort)term, (ushort)Math.Min(frequencies[term], ushort.MaxValue)));
                        }

                        frequencies[term] = 0;
                    }
                }
            }

            ranking.IsMust[i] = _keep.Count > 0 && (IsKept(text.Span, timedOut) || (source is not null && IsKept(source(i).Span, timedOut)));
        }

        // :: Step 2: what each term is worth. What is in every other document says nothing about which are meant.
        var worth = new double[terms];
        var isExact = new bool[terms];
        for (var term = 0; term < terms; term++)
        {
            if (documentsWith[term] > 0 && documentsWith[term] * 2L <= count)
            {
                worth[term] = Math.Log(1 + ((count - documentsWith[term] + 0.5) / (documentsWith[term] + 0.5)));
                isExact[term] = documentsWith[term] <= _query!.KindOf(term) switch
                {
                    QueryMatcher.TermKind.Phrase => count,
                    QueryMatcher.TermKind.Identifier => Math.Max(8, count / 20),
                    QueryMatcher.TermKind.Word => Math.Clamp(count / 50, 3, 32),
                    _ => 0,
                };
            }
        }

        // :: Step 3: the score of each document.
        var average = Math.Max(1, total / (double)Math.Max(1, count));
        foreach (var (at, term, frequency) in CollectionsMarshal.AsSpan(hits))
        {
            var norm = K1 * (1 - B + (B * lengths[at] / average));
            ranking.Scores[at] += worth[term] * frequency * (K1 + 1) / (frequency + norm);
            ranking.IsMust[at] |= isExact[term];
        }

        return ranking;
    }

    // A pattern that ran out of time may have been about any document: all of them are kept, and it is not tried again.
    private bool IsKept(ReadOnlySpan<byte> utf8, bool[] timedOut)
    {
        var rented = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(utf8.Length));
        try
        {
            var text = rented.AsSpan(0, Encoding.UTF8.GetChars(utf8, rented));
            for (var i = 0; i < timedOut.Length; i++)
            {
                if (timedOut[i] || IsMatch(_keep[i], text, ref timedOut[i]))
                {
                    return true;
                }
            }

            return false;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }

    private static bool IsMatch(Regex pattern, ReadOnlySpan<char> text, ref bool timedOut)
    {
        try
        {
            return pattern.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return timedOut = true;
        }
    }

    /// <summary>What became of the documents.</summary>
    /// <param name="IsMust">Exact matches of the query and matches of a keep pattern: always shown.</param>
    /// <param name="Scores">How well each fits the query; zero when not at all.</param>
    public sealed record Ranking(bool[] IsMust, double[] Scores);
}
