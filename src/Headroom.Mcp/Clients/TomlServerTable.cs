using System.Globalization;
using System.Text;
using Tomlyn;
using Tomlyn.Model;
using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Headroom.Mcp.Clients;

/// <summary>Servers as tables of a TOML file (toml.io, 1.1): <c>[mcp_servers.headroom]</c> with <c>command</c> and <c>args</c>.</summary>
/// <remarks>
/// Codex, whose format this is, waits ten seconds for a server, which pwsh with a module may not meet on a busy machine; <c>startup_timeout_sec</c>
/// gives it longer (Codex's configuration reference, "mcp_servers").
/// </remarks>
public sealed class TomlServerTable : IServerTable
{
    private const string Table = "mcp_servers";
    private const int StartupSeconds = 60;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <inheritdoc/>
    public bool HasTable(ReadOnlyMemory<byte> file) => Model(Text(file)).ContainsKey(Table);

    /// <inheritdoc/>
    public bool HasEntry(ReadOnlyMemory<byte> file) =>
        Model(Text(file)).TryGetValue(Table, out var servers) && servers is TomlTable table && table.ContainsKey(HeadroomMcpServer.Name);

    /// <inheritdoc/>
    public ServerCommand? CommandIn(ReadOnlyMemory<byte> file)
    {
        if (!Model(Text(file)).TryGetValue(Table, out var servers) || servers is not TomlTable table
            || !table.TryGetValue(HeadroomMcpServer.Name, out var value) || value is not TomlTable entry
            || !entry.TryGetValue("command", out var command) || command is not string program)
        {
            return null;
        }

        var arguments = entry.TryGetValue("args", out var args) && args is TomlArray list ? list.ToArray() : [];
        return arguments.All(a => a is string) ? new ServerCommand(program, [.. arguments.OfType<string>()]) : null;
    }

    /// <inheritdoc/>
    public byte[] Add(ReadOnlyMemory<byte> file, ServerCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var text = Text(file);
        Model(text);
        var newLine = text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";
        var before = text.Length == 0 ? "" : text.EndsWith('\n') ? newLine : newLine + newLine;
        var entry = $"{before}[{Table}.{HeadroomMcpServer.Name}]{newLine}command = {Quote(command.Program)}{newLine}startup_timeout_sec = {StartupSeconds}{newLine}args = [{string.Join(", ", command.Arguments.Select(Quote))}]{newLine}";
        byte[] result = [.. file.Span, .. Encoding.UTF8.GetBytes(entry)];
        try
        {
            // A table of servers that is written in one line, or is no table, cannot be added to.
            if (CommandIn(result) is { } written && written.Program == command.Program && written.Arguments.SequenceEqual(command.Arguments))
            {
                return result;
            }
        }
        catch (ConfigurationException)
        {
            // Said below, in words that fit.
        }

        throw new ConfigurationException($"{PlaceOf(text)}: {Table} is written in a form that no table can be added to.");
    }

    /// <inheritdoc/>
    public byte[] Remove(ReadOnlyMemory<byte> file, bool withTable)
    {
        var text = Text(file);
        var keep = new StringBuilder();
        var position = 0;
        foreach (var (start, end) in EntryLines(text))
        {
            keep.Append(text, position, start - position);
            position = end;
        }

        keep.Append(text, position, text.Length - position);
        var preamble = file.Span.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble : [];
        byte[] result = [.. preamble, .. StrictUtf8.GetBytes(keep.ToString())];
        return !HasEntry(result)
            ? result
            : throw new ConfigurationException($"{PlaceOf(text)}: {Table}.{HeadroomMcpServer.Name} is written in a form that cannot be taken out.");
    }

    /// <inheritdoc/>
    public bool IsEmpty(ReadOnlyMemory<byte> file) => string.IsNullOrWhiteSpace(Text(file));

    /// <summary>The lines of the tables and keys that make the entry, in their order, each with the blank line that sets it off.</summary>
    private static IEnumerable<(int Start, int End)> EntryLines(string text)
    {
        var document = Parse(text);
        var ranges = new List<(int Start, int End)>();
        ranges.AddRange(document.KeyValues.Where(kv => IsEntry(Path(kv.Key!))).Select(kv => Lines(text, kv.Span)));
        foreach (var table in document.Tables)
        {
            var path = Path(table.Name!).ToArray();
            if (IsEntry(path))
            {
                var (start, end) = Lines(text, table.OpenBracket!.Span);
                end = table.Items.Select(item => Lines(text, item.Span).End).Append(end).Max();
                ranges.Add(WithBlankLine(text, start, end));
            }
            else
            {
                ranges.AddRange(table.Items.Where(item => IsEntry([.. path, .. Path(item.Key!)])).Select(item => Lines(text, item.Span)));
            }
        }

        return ranges.OrderBy(r => r.Start);
    }

    private static (int Start, int End) WithBlankLine(string text, int start, int end)
    {
        // One of two blank lines that would now meet, or the one at the end of the file.
        var isSetOff = start >= 2 && text[start - 1] == '\n' && (text[start - 2] == '\n' || (start >= 3 && text[start - 2] == '\r' && text[start - 3] == '\n'));
        var meetsBlank = end == text.Length || text[end] is '\n' or '\r';
        return isSetOff && meetsBlank ? (start - (text[start - 2] == '\r' ? 2 : 1), end) : (start, end);
    }

    private static (int Start, int End) Lines(string text, SourceSpan span)
    {
        var first = text.LastIndexOf('\n', Math.Max(0, span.Start.Offset - 1)) + 1;
        var last = text.IndexOf('\n', Math.Min(text.Length, Math.Max(span.Start.Offset, EndOf(text, span) - 1)));
        return (span.Start.Offset == 0 ? 0 : first, last < 0 ? text.Length : last + 1);
    }

    // Some nodes' spans take the line's end with them.
    private static int EndOf(string text, SourceSpan span)
    {
        var end = Math.Min(text.Length, span.End.Offset + 1);
        while (end > span.Start.Offset + 1 && text[end - 1] is '\n' or '\r')
        {
            end--;
        }

        return end;
    }

    private static bool IsEntry(IEnumerable<string> path) => path.Take(2).SequenceEqual([Table, HeadroomMcpServer.Name]);

    private static IEnumerable<string> Path(KeySyntax key) =>
        key.DotKeys.Select(dotted => dotted.Key).Prepend(key.Key).Select(part => part is StringValueSyntax quoted ? quoted.Value! : ((BareKeySyntax)part!).Key!.Text!);

    private static DocumentSyntax Parse(string text)
    {
        var document = SyntaxParser.Parse(text, sourceName: null, validate: true);
        return document.Diagnostics.FirstOrDefault(d => d.Kind == DiagnosticMessageKind.Error) is { } error
            ? throw new ConfigurationException(FormattableString.Invariant($"line {error.Span.Start.Line + 1}, column {error.Span.Start.Column + 1}: {error.Message}"))
            : document;
    }

    private static TomlTable Model(string text)
    {
        Parse(text);
        try
        {
            return TomlSerializer.Deserialize<TomlTable>(text) ?? [];
        }
        catch (TomlException failure)
        {
            throw new ConfigurationException(
                FormattableString.Invariant($"line {failure.Line ?? 1}, column {failure.Column ?? 1}: {failure.Message}"), failure);
        }
    }

    private static string PlaceOf(string text)
    {
        var at = Math.Max(0, text.IndexOf(Table, StringComparison.Ordinal));
        return FormattableString.Invariant($"line {text.AsSpan(0, at).Count('\n') + 1}, column {at - text.LastIndexOf('\n', Math.Max(0, at - 1))}");
    }

    private static string Text(ReadOnlyMemory<byte> file)
    {
        var body = file.Span.StartsWith(Encoding.UTF8.Preamble) ? file.Span[Encoding.UTF8.Preamble.Length..] : file.Span;
        try
        {
            return StrictUtf8.GetString(body);
        }
        catch (DecoderFallbackException failure)
        {
            throw new ConfigurationException($"{JsonObjectLayout.PlaceOf(body, failure.Index < 0 ? 0 : failure.Index)}: the text is not UTF-8.", failure);
        }
    }

    private static string Quote(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                < ' ' or '\u007f' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:X4}"),
                _ => text.Append(c),
            };
        }

        return text.Append('"').ToString();
    }
}
