using System.Text.Json;

namespace Headroom.Engine.Content;

/// <summary>What a piece of content is, as far as the choice of a compressor goes.</summary>
public enum ContentKind
{
    /// <summary>Prose or anything that nothing else fits.</summary>
    Text,

    /// <summary>One JSON value (RFC 8259), possibly surrounded by white space.</summary>
    Json,

    /// <summary>Several JSON values: one on each line, or one after the other.</summary>
    JsonLines,

    /// <summary>Rows with a separator (RFC 4180 or tabs) and a header.</summary>
    DelimitedTable,

    /// <summary>A table between vertical bars, with a rule below its header.</summary>
    MarkdownTable,

    /// <summary>Columns that are aligned by padding, with a header: <c>docker ps</c>, <c>Format-Table</c>.</summary>
    FixedWidthTable,

    /// <summary>Lines that programs write over time, most with a timestamp or a level.</summary>
    Log,

    /// <summary>What compilers, package managers and test runners print.</summary>
    BuildOutput,

    /// <summary>Lines found in files: <c>path:line:text</c>, with or without context, or below a path.</summary>
    SearchResults,

    /// <summary>Changes to files: one diff, or commits with theirs.</summary>
    Diff,

    /// <summary>Names of files: <c>ls</c>, <c>find</c>, <c>tree</c>, <c>Get-ChildItem</c>.</summary>
    Listing,

    /// <summary>A page or a part of one.</summary>
    Html,

    /// <summary>XML that is no page.</summary>
    Xml,

    /// <summary>Bytes spelled in base64 (RFC 4648), alone or as a data URI (RFC 2397).</summary>
    Base64,

    /// <summary>An exception with its frames.</summary>
    StackTrace,

    /// <summary>Source code, which an agent needs as it is.</summary>
    SourceCode,

    /// <summary>Parts of several kinds, one after the other.</summary>
    Mixed,

    /// <summary>A form that this product wrote; never compressed again.</summary>
    Notation,
}

/// <summary>The spelling of <see cref="ContentKind"/> in rules and reports.</summary>
public static class ContentKindCode
{
    private static readonly string[] Codes = [.. Enum.GetNames<ContentKind>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    /// <summary>The kebab-case code, for example <c>json-lines</c>.</summary>
    public static string Code(this ContentKind kind) => Codes[(int)kind];
}
