namespace Headroom.Engine.Compression.Json;

/// <summary>The compressor for JSON: tables for arrays of objects, and views of what is still too long.</summary>
internal sealed class SmartCrusher : IContentCompressor
{
    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken) =>
        JsonTape.Read(utf8, cancellationToken) is { } tape ? new JsonForms(tape) : null;

    // JSON's own form has no header: it is JSON where it is no table.
    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => null;
}
