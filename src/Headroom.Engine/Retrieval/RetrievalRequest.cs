namespace Headroom.Engine.Retrieval;

/// <summary>What somebody wants of an original: all of it, or one part. At most one of the parts is set.</summary>
public sealed record RetrievalRequest
{
    /// <summary>The hash in a marker: 24 lower-case hex digits.</summary>
    public required string Hash { get; init; }

    /// <summary>Rows of what is a table or a list (an array of a JSON document, JSON lines, CSV), from 1, both ends included.</summary>
    public Span? Rows { get; init; }

    /// <summary>Lines of the text, from 1, both ends included.</summary>
    public Span? Lines { get; init; }

    /// <summary>A path in a JSON document (RFC 9535: names, indexes, slices and wildcards), for example <c>$.items[3].name</c>.</summary>
    public string? Path { get; init; }

    /// <summary>A text that rows or lines must hold, without regard to case; between slashes (<c>/a.*b/</c>) a regular expression.</summary>
    public string? Pattern { get; init; }

    /// <summary>
    /// Reads the arguments of a call of the retrieve tool:
    /// <c>{"hash":"...","rows":"1-20","lines":"10-40","path":"$.items[3]","pattern":"timeout"}</c>, all but the hash optional.
    /// </summary>
    /// <param name="arguments">UTF-8 JSON as a model wrote it, so anything may be in it.</param>
    /// <param name="problem">What is wrong, in a sentence that lets a model mend its call; null when nothing is.</param>
    /// <returns>The request, or null when there is a problem.</returns>
    public static RetrievalRequest? Read(ReadOnlySpan<byte> arguments, out string? problem) => throw new NotImplementedException();

    /// <summary>A range of rows or lines, from 1, both ends included.</summary>
    /// <param name="First">The first, at least 1.</param>
    /// <param name="Last">The last, at least <paramref name="First"/>; beyond the end means the end.</param>
    public readonly record struct Span(long First, long Last)
    {
        /// <summary>Reads <c>5</c>, <c>5-10</c>, <c>5-</c> or <c>-10</c> (the first ten); false for anything else.</summary>
        public static bool TryParse(ReadOnlySpan<char> text, out Span span) => throw new NotImplementedException();
    }
}
