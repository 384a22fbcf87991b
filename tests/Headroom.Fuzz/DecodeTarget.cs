using Headroom.Engine.Compression;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>Decoders on forms that were damaged: any answer, but no exception and nothing endless.</summary>
internal sealed class DecodeTarget : IFuzzTarget
{
    private const int MostBytes = 256 << 20;

    public Task<string?> RunAsync(byte[] input, SeededRandom random, CancellationToken cancellationToken)
    {
        var form = ContentRouter.Compress(
            input, new CompressionOptions { Level = random.Pick(Enum.GetValues<CompressionLevel>()), Marker = missing => $"[{missing}]" }, cancellationToken).Output.ToArray();
        var before = GC.GetTotalAllocatedBytes();
        foreach (var damaged in (byte[][])[input, form, Mutation.Of(form, random), Mutation.Of(Mutation.Of(form, random), random)])
        {
            _ = ContentNotation.Decode(damaged);
        }

        var taken = GC.GetTotalAllocatedBytes() - before;
        return Task.FromResult(taken > MostBytes ? $"decoding took {taken >> 20} MB" : null);
    }
}
