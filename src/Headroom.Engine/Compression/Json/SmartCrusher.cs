using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Json;

/// <summary>The compressor for JSON.</summary>
internal sealed class SmartCrusher : IContentCompressor
{
    public ContentKind Kind => ContentKind.Json;

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) => null;
}
