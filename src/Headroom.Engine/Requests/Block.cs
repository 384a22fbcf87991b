namespace Headroom.Engine.Requests;

/// <summary>A JSON string value in a request body that may be replaced: a tool's result, whole or one text part of it.</summary>
public sealed record Block
{
    /// <summary>Offset of the opening quote in the body, in bytes.</summary>
    public required int Start { get; init; }

    /// <summary>Length of the string value including both quotes, in bytes.</summary>
    public required int Length { get; init; }

    /// <summary>The name of the tool that was called, found by the call id; null when the request does not say.</summary>
    public string? ToolName { get; init; }

    /// <summary>The call id that joins the result to its call.</summary>
    public string? CallId { get; init; }

    /// <summary>
    /// Where the call's arguments stand in the body: a JSON object, or a JSON string that holds one. Empty when the request does not say.
    /// </summary>
    public Range Arguments { get; init; }

    /// <summary>True when the client marked the result as an error.</summary>
    public bool IsError { get; init; }

    /// <summary>True when an assistant message follows, so that the provider has seen the block in an earlier request.</summary>
    public bool IsHistory { get; init; }

    /// <summary>True when a client's <c>cache_control</c> mark stands at or after the block.</summary>
    public bool IsBeforeCacheMark { get; init; }
}

/// <summary>What one pass over a request body found.</summary>
public sealed record RequestMap
{
    /// <summary>The blocks in the order of the body.</summary>
    public required IReadOnlyList<Block> Blocks { get; init; }

    /// <summary>The model that the client asked for.</summary>
    public string? Model { get; init; }

    /// <summary>True when the client asked for server-sent events.</summary>
    public bool IsStreaming { get; init; }

    /// <summary>True when the request's own tool list holds the retrieve tool, so that views can be undone by the model.</summary>
    public bool HasRetrieveTool { get; init; }

    /// <summary>Offset of the body's opening brace.</summary>
    internal int Start { get; init; }

    /// <summary>Where the value of the member <c>tools</c> stands, of whatever kind it is; empty when there is none.</summary>
    internal Range Tools { get; init; }

    /// <summary>True when the list of tools holds at least one.</summary>
    internal bool OffersTools { get; init; }

    /// <summary>True when the request has a shape in which a tool of ours could not be called or not be answered.</summary>
    internal bool TakesNoTools { get; init; }

    /// <summary>All elements of the list of messages, in its order.</summary>
    internal IReadOnlyList<MessagePlace> Messages { get; init; } = [];

    /// <summary>
    /// True when a call of a tool or the result of one is there, so that this is not a conversation's first request. An answer alone says nothing: prompts begin
    /// with canned ones.
    /// </summary>
    internal bool HasCalls { get; init; }

    /// <summary>True when the provider holds the conversation, and the request brings only what is new in it.</summary>
    internal bool IsServerHeld { get; init; }

    /// <summary>Where the value of the member <c>system</c> stands; empty when there is none.</summary>
    internal Range System { get; init; }

    /// <summary>Where the value of the member <c>metadata</c> stands; empty when there is none.</summary>
    internal Range Metadata { get; init; }

    /// <summary>Where the value of the member <c>prompt_cache_key</c> stands; empty when there is none.</summary>
    internal Range PromptCacheKey { get; init; }
}
