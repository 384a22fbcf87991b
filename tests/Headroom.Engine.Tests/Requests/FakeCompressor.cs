using System.Security.Cryptography;
using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Tests.Requests;

/// <summary>Shortens any text, so that what is tested does not hang on what the real compressors can do.</summary>
internal static class FakeCompressor
{
    /// <summary>A pure function of the bytes. The output holds what JSON must escape and what it must not.</summary>
    public static CompressionResult Shorten(
        ReadOnlyMemory<byte> utf8, CompressionOptions options, CancellationToken cancellationToken) =>
        Result(utf8, options, Convert.ToHexStringLower(SHA256.HashData(utf8.Span)[..8]));

    /// <summary>Another output at each call: only a pin can make it the same again.</summary>
    public static Func<ReadOnlyMemory<byte>, CompressionOptions, CancellationToken, CompressionResult> Numbering()
    {
        var calls = 0;
        return (utf8, options, _) => Result(utf8, options, $"call {Interlocked.Increment(ref calls)}");
    }

    private static CompressionResult Result(ReadOnlyMemory<byte> utf8, CompressionOptions options, string tag)
    {
        var before = TokenEstimator.Instance.Count(utf8.Span);
        if (utf8.Length < ContentRouter.MinimumBytes)
        {
            return CompressionResult.Keep(utf8, ContentKind.Text, Reason.TooSmall, before);
        }

        Assert.Null(options.Query);
        var marker = options.Marker?.Invoke("all but a tag not shown");
        var output = Encoding.UTF8.GetBytes($"short \"{tag}\"\r\n\t\\ é 😀 / < \b\f\u0001\u001f\u007f {marker}");
        return new CompressionResult(
            output,
            ContentKind.Text,
            marker is null ? "fake" : "fake-view",
            marker is null ? Rung.Lossless : Rung.View,
            marker is null ? Reason.Lossless : Reason.View,
            before,
            TokenEstimator.Instance.Count(output));
    }
}
