using Headroom.Engine.Compression.Json.View;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Json.View;

public sealed class RobustStatisticsTests
{
    private static double[] Outside(IEnumerable<double> numbers, int most = 8)
    {
        double[] sorted = [.. numbers.Order()];
        var fences = RobustFences.Around(sorted, most);
        return [.. sorted.Where(fences.Excludes)];
    }

    private static double[] Normal(int count, double mean = 100, double deviation = 15, ulong seed = 1)
    {
        var random = new SeededRandom(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextGaussian(mean, deviation))];
    }

    [Theory]
    [InlineData(20)]
    [InlineData(200)]
    [InlineData(2000)]
    public void A_number_eight_deviations_off_is_outside(int count)
    {
        Assert.Contains(220.0, Outside([.. Normal(count), 220.0]));
        Assert.Contains(-20.0, Outside([.. Normal(count), -20.0]));
        Assert.InRange(Outside(Normal(count)).Length, 0, 4);
    }

    [Fact]
    public void Flat_and_constant_columns_have_no_outliers()
    {
        Assert.Empty(Outside(Enumerable.Range(0, 1000).Select(i => (double)i)));
        Assert.Empty(Outside(Enumerable.Repeat(7.0, 1000)));
        Assert.Empty(Outside(Enumerable.Range(0, 1000).Select(i => i * 7919 % 1000 / 1000.0)));
        Assert.Empty(Outside([1, 2, 3, 1000]));
    }

    [Fact]
    public void Three_deviations_off_a_flat_column_is_outside() =>
        Assert.Equal([1.4, 1.41], Outside([.. Enumerable.Range(0, 1000).Select(i => i / 1000.0), 1.4, 1.41]));

    [Fact]
    public void The_few_that_differ_from_a_constant_are_outside() => Assert.Equal([3, 4], Outside([.. Enumerable.Repeat(0.0, 500), 4, 3]));

    [Fact]
    public void Where_most_are_zero_the_others_are_judged_among_themselves() =>
        Assert.Equal([9000], Outside([.. Enumerable.Repeat(0.0, 600), .. Normal(300), 9000]));

    [Fact]
    public void Heavy_tails_are_judged_by_their_logarithms()
    {
        var numbers = Normal(1000, 3, 1).Select(Math.Exp).ToArray();
        Assert.InRange(Outside(numbers).Length, 0, 8);
        Assert.Contains(1e6, Outside([.. numbers, 1e6]));
    }

    [Fact]
    public void A_step_is_found_where_it_is_and_noise_has_none()
    {
        Assert.Equal([300], ChangePoints.Find([.. Normal(300, 50, 2), .. Normal(300, 70, 2, 2)]));
        Assert.Equal([10, 90], ChangePoints.Find([.. Enumerable.Repeat(1.0, 10), .. Enumerable.Repeat(2.0, 80), .. Enumerable.Repeat(1.0, 40)]));
        Assert.Empty(ChangePoints.Find(Normal(2000)));
        Assert.Empty(ChangePoints.Find(Normal(13)));
    }
}
