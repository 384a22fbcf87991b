namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// The compressor for what compilers, package managers and test runners print. Lines are told apart by structure (a place, a severity, a
/// verdict, a count), not by the tool's name, so tools that nobody listed profit too.
/// </summary>
internal sealed class BuildCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "build";

    // Shorter lines on average are no report, and would take more memory for their bookkeeping than for themselves.
    private const int ShortestAverage = 10;

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = utf8.IsEmpty ? null : TextLines.Read(utf8);
        return lines is null || lines.Count < 2 || utf8.Length / lines.Count < ShortestAverage ? null : new Forms(lines);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => BuildNotation.Decode(header, body, limit);

    private sealed class Forms(TextLines lines) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken) =>
            BuildNotation.Encode(lines, cancellationToken) is { } output ? new ContentForm(output, "build") : null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken) =>
            BuildView.Write(lines, request, cancellationToken);
    }
}
