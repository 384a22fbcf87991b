using Headroom.Engine.Compression;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>Decoders on forms that were damaged: any answer, but no exception and nothing endless.</summary>
internal sealed class DecodeTarget : IFuzzTarget
{
    // Far above what a window of a fixture decodes to, and small enough to run often.
    private const int Limit = 16 << 20;

    // Buffers double, and tables are read into cells before they are written.
    private const int MostBytes = 24 * Limit;

    public byte[] Draw(SeededRandom random) => Texts.Draw(random);

    public Task<string?> RunAsync(byte[] input, SeededRandom random, CancellationToken cancellationToken)
    {
        var form = ContentRouter.Compress(
            input, new CompressionOptions { Level = random.Pick(Enum.GetValues<CompressionLevel>()), Marker = missing => $"[{missing}]" }, cancellationToken).Output.ToArray();
        foreach (var damaged in (byte[][])[input, form, Mutation.Of(form, random), Mutation.Of(Mutation.Of(form, random), random)])
        {
            var before = GC.GetTotalAllocatedBytes();
            try
            {
                _ = ContentNotation.Decode(damaged, Limit, cancellationToken);
            }
            catch (ContentTooLargeException)
            {
                // What it is for.
            }

            var taken = GC.GetTotalAllocatedBytes() - before;
            if (taken > MostBytes)
            {
                return Task.FromResult<string?>($"decoding took {taken >> 20} MB");
            }
        }

        return Task.FromResult<string?>(null);
    }
}
