using System.Text;

namespace Headroom.Engine.Content;

/// <summary>Bytes are not in the encoding that a name or their byte order mark says.</summary>
public sealed class SourceTextException : Exception
{
    /// <summary>A failure to decode.</summary>
    /// <param name="encoding">What the bytes were taken for.</param>
    /// <param name="isNamed">Somebody named it; otherwise the byte order mark says so.</param>
    /// <param name="cause">What the decoder says.</param>
    public SourceTextException(Encoding encoding, bool isNamed, Exception? cause)
        : base($"not valid {encoding?.WebName}, which {(isNamed ? "the encoding given" : "its byte order mark")} says it is{Where(cause)}.", cause)
    {
    }

    // A decoder's index points at the bytes or right behind them.
    private static string Where(Exception? cause) => cause is DecoderFallbackException { BytesUnknown: { } bytes, Index: var index }
        ? FormattableString.Invariant($": {Convert.ToHexString(bytes)} near byte {index} is no character")
        : "";
}
