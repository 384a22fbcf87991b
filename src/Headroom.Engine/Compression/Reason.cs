using System.Text.Json;

namespace Headroom.Engine.Compression;

/// <summary>Why something was compressed or left alone: the closed list behind <c>x-headroom-reason</c>, reports and statistics.</summary>
public enum Reason
{
    /// <summary>A decodable form was used.</summary>
    Lossless,

    /// <summary>A view with a marker was used.</summary>
    View,

    /// <summary>At least one block was changed, by decisions made now or earlier (requests only).</summary>
    Compressed,

    /// <summary>Nothing in the request may be changed.</summary>
    NoEligibleBlock,

    /// <summary>Below the size from which compression can pay.</summary>
    TooSmall,

    /// <summary>No form was smaller by the margin.</summary>
    NotSmaller,

    /// <summary>No compressor knows this kind of content.</summary>
    UnsupportedContent,

    /// <summary>The content looks like JSON but is not valid JSON.</summary>
    InvalidContent,

    /// <summary>The result of a tool whose output is exact working material (Read, Write, Edit and the like).</summary>
    ExcludedTool,

    /// <summary>The tool reported an error; its text stays whole.</summary>
    ErrorResult,

    /// <summary>Output of the retrieve tool is never compressed again.</summary>
    RetrievedContent,

    /// <summary>The provider has very likely cached this block unchanged before the proxy saw it.</summary>
    CachedHistory,

    /// <summary>The compressor ran out of its deadline.</summary>
    Timeout,

    /// <summary>Too much work that ran out of its deadline has not ended, so that none was begun here; the original went on.</summary>
    NoWorker,

    /// <summary>The compressor failed; the original went on.</summary>
    CompressorFailed,

    /// <summary>The store could not keep the original or the decision; the original went on.</summary>
    StoreUnavailable,

    /// <summary>The client asked for plain forwarding.</summary>
    Bypass,

    /// <summary>The proxy was started with optimisation off.</summary>
    Disabled,

    /// <summary>The request body is not valid JSON, nests too deeply or repeats a key where that matters.</summary>
    InvalidRequest,

    /// <summary>The path or verb is not one whose requests are compressed.</summary>
    PassThrough,
}

/// <summary>The spelling of <see cref="Reason"/> on the wire.</summary>
public static class ReasonCode
{
    private static readonly string[] Codes =
        [.. Enum.GetNames<Reason>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    /// <summary>All codes, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All => Codes;

    /// <summary>The kebab-case code, for example <c>not-smaller</c>.</summary>
    public static string Code(this Reason reason) => Codes[(int)reason];
}
