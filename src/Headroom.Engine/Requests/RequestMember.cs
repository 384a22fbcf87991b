namespace Headroom.Engine.Requests;

/// <summary>The member names that the meaning of a request depends on, as a set: an object may have each of them once.</summary>
[Flags]
internal enum RequestMember
{
    None = 0,
    Model = 1 << 0,
    Stream = 1 << 1,
    Tools = 1 << 2,
    Messages = 1 << 3,
    Role = 1 << 4,
    Content = 1 << 5,
    Type = 1 << 6,
    Text = 1 << 7,
    Name = 1 << 8,
    Id = 1 << 9,
    Function = 1 << 10,
    Custom = 1 << 11,
    ToolCalls = 1 << 12,
    ToolCallId = 1 << 13,
    ToolUseId = 1 << 14,
    IsError = 1 << 15,
    CacheControl = 1 << 16,
    Arguments = 1 << 17,
    Input = 1 << 18,
    AnswerCount = 1 << 19,
    Functions = 1 << 20,
    System = 1 << 21,
    Metadata = 1 << 22,
    PromptCacheKey = 1 << 23,
    Thread = 1 << 24,
    PreviousResponseId = 1 << 25,
    Conversation = 1 << 26,
}
