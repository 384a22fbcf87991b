using FsCheck;
using FsCheck.Fluent;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Tests.Compression;

public sealed class BudgetSolverTests
{
    [Property(MaxTest = 500)]
    public Property A_larger_budget_shows_all_that_a_smaller_one_shows() => ForAll(pieces =>
    {
        bool[]? before = null;
        foreach (var budget in new[] { -5, 0, 1, 3, 10, 40, 41, 100, 1_000_000 })
        {
            var shown = Fill(pieces, budget);
            Assert.All(before ?? [], (wasShown, i) => Assert.True(!wasShown || shown[i]));
            before = shown;
        }

        Assert.DoesNotContain(false, before!);
    });

    [Property(MaxTest = 500)]
    public Property What_must_be_shown_is_shown_whatever_the_budget() => ForAll(pieces =>
    {
        foreach (var budget in new[] { 0, 20 })
        {
            var shown = Fill(pieces, budget);
            Assert.All(pieces, (piece, i) => Assert.True(!piece.IsMust || shown[i]));
        }
    });

    [Property(MaxTest = 500)]
    public Property The_budget_is_kept_but_for_musts_and_the_first_two() => ForAll(pieces =>
    {
        var shown = Fill(pieces, 30);
        var free = pieces.Where((piece, i) => shown[i] && !piece.IsMust).ToArray();
        var all = pieces.Where((_, i) => shown[i]).Sum(p => p.Tokens);
        Assert.True(free.Length == 0 || all <= 30 || shown.Count(s => s) <= 2);
    });

    [Property(MaxTest = 200)]
    public Property The_same_pieces_give_the_same_choice() => ForAll(pieces => Assert.Equal(Fill(pieces, 25), Fill(pieces, 25)));

    [Fact]
    public void The_best_value_per_token_goes_first_and_ties_keep_their_order()
    {
        var shown = BudgetSolver.Fill(new bool[5], [1, 8, 4, 4, 9], [1, 4, 4, 4, 3], 12, CancellationToken.None);
        Assert.Equal([true, true, true, false, true], shown);
    }

    private static bool[] Fill((bool IsMust, int Value, int Tokens)[] pieces, double budget) => BudgetSolver.Fill(
        [.. pieces.Select(p => p.IsMust)], [.. pieces.Select(p => (double)p.Value)], [.. pieces.Select(p => p.Tokens)], budget, CancellationToken.None);

    private static Property ForAll(Action<(bool IsMust, int Value, int Tokens)[]> check) => Prop.ForAll(
        (from must in Gen.Frequency((4, Gen.Constant(false)), (1, Gen.Constant(true)))
         from value in Gen.Choose(0, 9)
         from tokens in Gen.Choose(0, 30)
         select (must, value, tokens)).ArrayOf().ToArbitrary(), check);
}
