namespace Headroom.Engine.Content;

/// <summary>Tells the kind of a piece of content from its structure: cheap, deterministic and without a model.</summary>
public static class ContentDetector
{
    /// <summary>Looks at the outermost bytes only; the compressor for that kind makes sure.</summary>
    /// <param name="utf8">The content as UTF-8 bytes.</param>
    public static ContentKind Detect(ReadOnlySpan<byte> utf8)
    {
        var trimmed = utf8.Trim(" \t\r\n"u8);
        return trimmed is [(byte)'{', .., (byte)'}'] or [(byte)'[', .., (byte)']'] or [(byte)'"', .., (byte)'"']
            ? ContentKind.Json
            : ContentKind.Text;
    }
}
