namespace Headroom.Engine.Requests;

/// <summary>
/// Knows where the blocks are in one provider's wire format. Locates by one pass of <see cref="System.Text.Json.Utf8JsonReader"/>
/// and builds no tree.
/// </summary>
public interface IRequestFormat
{
    /// <summary>The format's name, for example <c>openai-chat</c>.</summary>
    string Name { get; }

    /// <summary>The provider whose credentials requests of this format carry: <c>openai</c> or <c>anthropic</c>.</summary>
    string Provider { get; }

    /// <summary>
    /// Finds the blocks; null when the body is not valid JSON of at most 64 levels or repeats a key where the meaning
    /// depends on it, so that it must be forwarded as it is.
    /// </summary>
    RequestMap? Locate(ReadOnlySpan<byte> body);
}
