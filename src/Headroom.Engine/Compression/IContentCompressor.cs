using Headroom.Engine.Content;

namespace Headroom.Engine.Compression;

/// <summary>One smaller way to write a piece of content.</summary>
/// <param name="Output">UTF-8 bytes.</param>
/// <param name="Strategy">The name reports give it.</param>
/// <param name="MarkerBytes">Length of the marker at the end of a view.</param>
internal sealed record ContentForm(byte[] Output, string Strategy, int MarkerBytes = 0);

/// <summary>Knows one kind of content.</summary>
internal interface IContentCompressor
{
    /// <summary>The kind it knows.</summary>
    ContentKind Kind { get; }

    /// <summary>Reads the content once, for all the forms that may be asked of it; null when it is not of this kind after all.</summary>
    IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken);
}

/// <summary>The forms that one piece of content can take above the original.</summary>
internal interface IContentForms
{
    /// <summary>A form from which the same value can be decoded, or null when there is none worth having.</summary>
    ContentForm? Lossless(CancellationToken cancellationToken);

    /// <summary>
    /// A selection within <paramref name="budget"/> tokens with a profile and one marker, or null when nothing says which
    /// parts matter.
    /// </summary>
    ContentForm? View(int budget, string? query, Func<string, string> marker, CancellationToken cancellationToken);
}
