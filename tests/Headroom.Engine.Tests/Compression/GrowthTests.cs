using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>Work and memory grow as the input does, in counts and not in time; what is counted is nothing in a release.</summary>
public sealed class GrowthTests
{
    private const int Small = 32 * 1024;
    private const int Times = 4;

    // n^1.1 is 4.6 for four times the input, and tables double.
    private const double MostTimes = 5;

    // Below, it is no matter how it grows.
    private const long FewSteps = 20_000;
    private const long FewBytes = 1_500_000;

    public static TheoryData<string> Names => [.. GrowthInputs.All.Select(i => i.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Work_grows_as_the_input_does(string name)
    {
        var input = GrowthInputs.All.Single(i => i.Name == name);
        _ = Of(input.Make(Small));
        var small = Of(input.Make(Small));
        var large = Of(input.Make(Small * Times));
        Assert.True(large.Steps <= Math.Max(FewSteps, small.Steps * MostTimes), $"{small.Steps} steps became {large.Steps}");
        Assert.True(large.Bytes <= Math.Max(FewBytes, small.Bytes * MostTimes), $"{small.Bytes} bytes became {large.Bytes}");
    }

    private static (long Steps, long Bytes) Of(byte[] utf8)
    {
        var (steps, bytes) = (Work.Steps, GC.GetAllocatedBytesForCurrentThread());
        _ = ContentRouter.Compress(utf8, new CompressionOptions { Marker = missing => missing });
        return (Work.Steps - steps, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }
}
