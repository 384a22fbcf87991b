namespace Headroom.Engine.Requests;

/// <summary>Who speaks, as far as it matters here.</summary>
internal enum MessageRole : byte
{
    /// <summary>Anybody else: system, tool, or what is no message at all.</summary>
    Other,

    /// <summary>The user.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}

/// <summary>Where an element of the list of messages stands in the body.</summary>
/// <param name="Start">Offset of its first byte.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Role">Who speaks.</param>
internal readonly record struct MessagePlace(int Start, int Length, MessageRole Role)
{
    /// <summary>Offset behind its last byte.</summary>
    public int End => Start + Length;
}
