using System.Collections.Frozen;
using System.IO.Enumeration;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;

namespace Headroom.Engine.Rules;

/// <summary>What is wanted for the results of some tools or commands. What a rule does not say stays as the caller's options have it.</summary>
public sealed record CompressionRule
{
    private readonly FrozenSet<string> _names = [];
    private readonly string[] _patterns = [];

    /// <summary>
    /// Names of tools, compared without regard to case; <c>*</c> stands for any text, <c>?</c> for any one character. A name matches
    /// with and without an MCP prefix (<c>mcp__files__read_file</c> is <c>read_file</c> too). Empty: every tool.
    /// </summary>
    public IReadOnlyList<string> Tools
    {
        get;
        init
        {
            field = value;
            _names = value.Where(name => !IsPattern(name)).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
            _patterns = [.. value.Where(IsPattern)];
        }
    } = [];

    /// <summary>
    /// Patterns of the command that a tool was asked to run (its argument <c>command</c>, <c>cmd</c> or <c>script</c>), in the spelling of <see cref="Tools"/>;
    /// the whole command has to match one. Empty: any command, or none.
    /// </summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>What the results are; null to find out.</summary>
    public ContentKind? Kind { get; init; }

    /// <summary>How far the results may be compressed.</summary>
    public CompressionLevel? Level { get; init; }

    /// <summary>The most tokens that a view should take.</summary>
    public int? Budget { get; init; }

    /// <summary>The results stay untouched.</summary>
    public bool Exclude { get; init; }

    /// <summary>What a view always keeps: rows, lines and blocks in which one of these is found.</summary>
    public IReadOnlyList<Regex> Keep { get; init; } = [];

    /// <summary>The tools meant by what their names say, for our own classes; a user's rules name tools by <see cref="Tools"/>.</summary>
    internal ToolClass? Class { get; init; }

    /// <summary>True when the rule is about results of this tool and command.</summary>
    /// <param name="tool">The tool's name; null when it is not known.</param>
    /// <param name="command">The command; null when there was none.</param>
    public bool Matches(string? tool, string? command) =>
        (Tools.Count == 0 || (tool is not null && (IsNamed(tool) || (WithoutPrefix(tool) is { } own && IsNamed(own)))))
        && (Class is null || (tool is not null && ToolName.ClassOf(tool) == Class))
        && (Commands.Count == 0 || (command is not null && Commands.Any(pattern => IsMatch(pattern, command))));

    /// <summary>Options as this rule wants them; what it does not say stays.</summary>
    public CompressionOptions Over(CompressionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options with
        {
            Kind = Kind ?? options.Kind,
            Level = Level ?? options.Level,
            Budget = Budget ?? options.Budget,
            Keep = [.. options.Keep, .. Keep],
        };
    }

    private bool IsNamed(string tool) => _names.Contains(tool) || Array.Exists(_patterns, pattern => IsMatch(pattern, tool));

    private static string? WithoutPrefix(string tool) =>
        tool.LastIndexOf("__", StringComparison.Ordinal) is >= 0 and var at ? tool[(at + 2)..] : null;

    private static bool IsPattern(string name) => name.AsSpan().ContainsAny('*', '?');

    private static bool IsMatch(string pattern, string text) => FileSystemName.MatchesSimpleExpression(pattern, text, ignoreCase: true);
}
