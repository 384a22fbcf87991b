using System.Text.Json;

namespace Headroom.Engine.Requests;

/// <summary>The spelling of <see cref="RequestMember"/> in a body.</summary>
internal static class RequestMemberName
{
    /// <summary>The member whose name the reader stands at; <see cref="RequestMember.None"/> for one without a meaning.</summary>
    public static RequestMember Of(in Utf8JsonReader json)
    {
        if (!json.ValueIsEscaped)
        {
            return Of(json.ValueSpan);
        }

        try
        {
            Span<byte> name = stackalloc byte[64];
            return json.ValueSpan.Length <= name.Length ? Of(name[..json.CopyString(name)]) : RequestMember.None;
        }
        catch (InvalidOperationException)
        {
            // A lone surrogate: none of the names has one.
            return RequestMember.None;
        }
    }

    private static RequestMember Of(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("type"u8) => RequestMember.Type,
        _ when name.SequenceEqual("text"u8) => RequestMember.Text,
        _ when name.SequenceEqual("role"u8) => RequestMember.Role,
        _ when name.SequenceEqual("content"u8) => RequestMember.Content,
        _ when name.SequenceEqual("id"u8) => RequestMember.Id,
        _ when name.SequenceEqual("name"u8) => RequestMember.Name,
        _ when name.SequenceEqual("function"u8) => RequestMember.Function,
        _ when name.SequenceEqual("custom"u8) => RequestMember.Custom,
        _ when name.SequenceEqual("tool_calls"u8) => RequestMember.ToolCalls,
        _ when name.SequenceEqual("tool_call_id"u8) => RequestMember.ToolCallId,
        _ when name.SequenceEqual("tool_use_id"u8) => RequestMember.ToolUseId,
        _ when name.SequenceEqual("is_error"u8) => RequestMember.IsError,
        _ when name.SequenceEqual("cache_control"u8) => RequestMember.CacheControl,
        _ when name.SequenceEqual("messages"u8) => RequestMember.Messages,
        _ when name.SequenceEqual("tools"u8) => RequestMember.Tools,
        _ when name.SequenceEqual("arguments"u8) => RequestMember.Arguments,
        _ when name.SequenceEqual("input"u8) => RequestMember.Input,
        _ when name.SequenceEqual("model"u8) => RequestMember.Model,
        _ when name.SequenceEqual("stream"u8) => RequestMember.Stream,
        _ when name.SequenceEqual("n"u8) => RequestMember.AnswerCount,
        _ when name.SequenceEqual("functions"u8) => RequestMember.Functions,
        _ when name.SequenceEqual("system"u8) => RequestMember.System,
        _ when name.SequenceEqual("metadata"u8) => RequestMember.Metadata,
        _ when name.SequenceEqual("prompt_cache_key"u8) => RequestMember.PromptCacheKey,
        _ when name.SequenceEqual("thread"u8) => RequestMember.Thread,
        _ when name.SequenceEqual("previous_response_id"u8) => RequestMember.PreviousResponseId,
        _ when name.SequenceEqual("conversation"u8) => RequestMember.Conversation,
        _ => RequestMember.None,
    };
}
