namespace Headroom.Engine.Compression;

/// <summary>One smaller way to write a piece of content.</summary>
/// <param name="Output">UTF-8 bytes.</param>
/// <param name="Strategy">The name reports give it.</param>
/// <param name="MarkerBytes">Length of the marker at the end of a view.</param>
internal sealed record ContentForm(byte[] Output, string Strategy, int MarkerBytes = 0);

/// <summary>Knows one kind of content.</summary>
internal interface IContentCompressor
{

    /// <summary>Reads the content once, for all the forms that may be asked of it; null when it is not of this kind after all.</summary>
    IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken);

    /// <summary>Gives back the text of its own lossless form.</summary>
    /// <param name="header">The form's first line.</param>
    /// <param name="body">The rest of it.</param>
    /// <param name="limit">What the text may take.</param>
    /// <returns>The text, or null when the form is damaged.</returns>
    /// <exception cref="ContentTooLargeException">The text would take more than the limit.</exception>
    /// <exception cref="OperationCanceledException">The limit's token was cancelled.</exception>
    byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit);
}

/// <summary>The forms that one piece of content can take above the original.</summary>
internal interface IContentForms
{
    /// <summary>A form from which the same value can be decoded, or null when there is none worth having.</summary>
    ContentForm? Lossless(CancellationToken cancellationToken);

    /// <summary>
    /// A selection within the budget with a profile of the rest, and the marker at the end, or null when nothing says which parts matter.
    /// </summary>
    ContentForm? View(ViewRequest request, CancellationToken cancellationToken);
}
