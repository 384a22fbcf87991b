namespace Headroom.Engine.Rules;

/// <summary>A file of rules could not be read or says something that is no rule.</summary>
public sealed class CompressionRulesException : Exception
{
    private const int MostCharacters = 400;

    /// <summary>A file that cannot be read.</summary>
    public CompressionRulesException(string file, Exception cause)
        : base($"{file}: {cause?.Message}", cause)
    {
    }

    /// <summary>A place in a file.</summary>
    /// <param name="file">The file's name.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="column">The column in characters, from 1.</param>
    /// <param name="problem">What is wrong there.</param>
    public CompressionRulesException(string file, int line, int column, string problem)
        : base(FormattableString.Invariant($"{file}({line},{column}): {OneLine(problem)}")) => (Line, Column) = (line, column);

    /// <summary>The line, from 1; 0 when the file could not be read at all.</summary>
    public int Line { get; }

    /// <summary>The column in characters, from 1; 0 when the file could not be read at all.</summary>
    public int Column { get; }

    // What is wrong quotes the file, which may hold anything at any length.
    private static string OneLine(string problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        var text = string.Concat(problem.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' ? ' ' : c));
        return text.Length <= MostCharacters ? text : $"{text[..(MostCharacters / 2)]} ... {text[^(MostCharacters / 2)..]}";
    }
}
