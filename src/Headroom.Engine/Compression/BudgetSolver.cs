namespace Headroom.Engine.Compression;

/// <summary>
/// Fills a view's budget. Pieces are taken from the start of an order that does not depend on the budget until one does not fit; what must
/// be shown is shown all the same. So a larger budget never shows less.
/// </summary>
internal static class BudgetSolver
{
    /// <summary>What must be shown may exceed the budget up to this part of the content.</summary>
    public const double MustShare = 0.3;

    /// <summary>Fills a budget in a given order.</summary>
    /// <param name="isMust">One entry per piece: it is shown whatever it takes.</param>
    /// <param name="budget">In tokens.</param>
    /// <param name="order">Pieces from the most to the least worth showing, each once.</param>
    /// <param name="tokens">What a piece takes.</param>
    /// <param name="cancellationToken">Ends the work between pieces.</param>
    /// <returns>One entry per piece: it is shown.</returns>
    public static bool[] Fill(
        bool[] isMust, double budget, IEnumerable<int> order, Func<int, double> tokens, CancellationToken cancellationToken)
    {
        var isShown = new bool[isMust.Length];
        var musts = isMust.Count(must => must);
        var shown = 0;
        foreach (var piece in order)
        {
            budget -= tokens(piece);
            if (budget < 0 && shown >= Math.Min(2, isShown.Length))
            {
                if (musts == 0)
                {
                    break;
                }

                if (!isMust[piece])
                {
                    continue;
                }
            }

            musts -= isMust[piece] ? 1 : 0;
            isShown[piece] = true;
            if ((++shown & 0x3FF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return isShown;
    }

    /// <summary>Fills a budget by value per token, pieces of equal worth in their own order.</summary>
    /// <param name="isMust">One entry per piece: it is shown whatever it takes.</param>
    /// <param name="values">What showing each piece is worth.</param>
    /// <param name="tokens">What each takes.</param>
    /// <param name="budget">In tokens.</param>
    /// <param name="cancellationToken">Ends the work between pieces.</param>
    /// <returns>One entry per piece: it is shown.</returns>
    public static bool[] Fill(
        bool[] isMust, double[] values, int[] tokens, double budget, CancellationToken cancellationToken)
    {
        var order = Enumerable.Range(0, isMust.Length)
            .OrderByDescending(piece => isMust[piece])
            .ThenByDescending(piece => values[piece] / Math.Max(1, tokens[piece]));
        return Fill(isMust, budget, order, piece => tokens[piece], cancellationToken);
    }
}
