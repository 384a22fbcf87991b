using System.Text;

namespace Headroom.Engine.Retrieval;

/// <summary>How a retrieval ended.</summary>
public enum RetrievalStatus
{
    /// <summary>The content is there.</summary>
    Found,

    /// <summary>The original is there; what was asked of it is not. The message gives the totals.</summary>
    NoMatch,

    /// <summary>The request asks for something that cannot be, for example a path in what is no JSON. The message says what can.</summary>
    Invalid,

    /// <summary>The original was stored and has been removed since, by age, by size or by hand.</summary>
    Expired,

    /// <summary>This store never had an original under the hash.</summary>
    Unknown,
}

/// <summary>What came of a <see cref="RetrievalRequest"/>.</summary>
public sealed record RetrievalResult
{
    /// <summary>How it ended.</summary>
    public required RetrievalStatus Status { get; init; }

    /// <summary>The text asked for, UTF-8, exactly as it stands in the original; empty when there is none.</summary>
    public ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>
    /// What to write where bytes are wanted: of a whole original its own, in its own encoding and with its byte order mark; of a part
    /// <see cref="Content"/>.
    /// </summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>True when <see cref="Content"/> is the whole original.</summary>
    public bool IsWhole { get; init; }

    /// <summary>
    /// One sentence on one line: of a part, what share of the original it is (<c>rows 1 to 20 of 1000; 912 of 45,120 bytes</c>); of a
    /// failure, what is wrong and what else could be asked. Empty for a whole original.
    /// </summary>
    public string Message { get; init; } = "";

    /// <summary>What a model is shown: the content, before it the message in brackets on a line of its own where there is one.</summary>
    public string ToText()
    {
        var content = Encoding.UTF8.GetString(Content.Span);
        return Message.Length == 0 ? content : content.Length == 0 ? $"[{Message}]" : $"[{Message}]\n{content}";
    }
}
