namespace Headroom.Engine.Tokens;

/// <summary>Counts the tokens of a text. Implementations are thread-safe, deterministic and never throw on any input.</summary>
public interface ITokenCounter
{
    /// <summary>The name that reports give beside a number, for example <c>o200k_base</c>.</summary>
    string Name { get; }

    /// <summary>How exact the counts are for the model that this counter was made for.</summary>
    CountAccuracy Accuracy { get; }

    /// <summary>The number of tokens; text that spells a special token (<c>&lt;|endoftext|&gt;</c>) is counted as plain text.</summary>
    /// <param name="utf8">The text as UTF-8 bytes; invalid sequences count as the replacement character.</param>
    int Count(ReadOnlySpan<byte> utf8);
}
