namespace Headroom.Engine.Content;

/// <summary>What a piece of content is, as far as the choice of a compressor goes.</summary>
public enum ContentKind
{
    /// <summary>Prose, source code or anything that no compressor knows.</summary>
    Text,

    /// <summary>One JSON value (RFC 8259), possibly surrounded by white space.</summary>
    Json,
}
