using Headroom.Engine.Compression;

namespace Headroom.Engine.Rules;

/// <summary>Rules in their order: the first that matches holds, and no other.</summary>
/// <param name="rules">The rules.</param>
public sealed class CompressionRules(IReadOnlyList<CompressionRule> rules)
{
    /// <summary>The usual name of a file of rules.</summary>
    public const string FileName = "headroom.rules.json";

    /// <summary>No rule.</summary>
    public static CompressionRules None { get; } = new([]);

    /// <summary>
    /// The classes of tools that agents bring. What reads, writes and edits files stays untouched, because the agent needs the exact text; what
    /// searches and lists files takes lossless forms only, because the agent goes on by what it finds there.
    /// </summary>
    public static CompressionRules ToolClasses { get; } = new(
    [
        new CompressionRule { Class = ToolClass.Exact, Exclude = true },
        new CompressionRule { Class = ToolClass.Listing, Level = CompressionLevel.Lossless },
    ]);

    /// <summary>The rules in their order.</summary>
    public IReadOnlyList<CompressionRule> All { get; } = rules;

    /// <summary>True when some rule asks for a command, so that it is worth reading.</summary>
    public bool NeedCommands { get; } = rules.Any(rule => rule.Commands.Count > 0);

    /// <summary>These rules, and behind them others.</summary>
    public CompressionRules Then(CompressionRules others)
    {
        ArgumentNullException.ThrowIfNull(others);
        return new([.. All, .. others.All]);
    }

    /// <summary>The rule for a tool's result; null when none matches.</summary>
    /// <param name="tool">The tool's name; null when it is not known.</param>
    /// <param name="command">The command that the tool was asked to run; null when there was none.</param>
    public CompressionRule? Find(string? tool, string? command)
    {
        foreach (var rule in All)
        {
            if (rule.Matches(tool, command))
            {
                return rule;
            }
        }

        return null;
    }
}
