using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Headroom.Mcp.Clients;

/// <summary>
/// Servers as members of an object in a JSON file, which may have comments, trailing commas and a byte order mark. An entry is
/// <c>"headroom": {"type": "stdio", "command": "...", "args": ["..."]}</c>.
/// </summary>
/// <param name="table">The name of the root's member that has the servers.</param>
public sealed class JsonServerTable(string table) : IServerTable
{
    private const string StandardIndent = "  ";

    /// <inheritdoc/>
    public bool HasTable(ReadOnlyMemory<byte> file) => Layout(Body(file))?[table] is not null;

    /// <inheritdoc/>
    public bool HasEntry(ReadOnlyMemory<byte> file) => Layout(Body(file))?[table]?.Object![HeadroomMcpServer.Name] is not null;

    /// <inheritdoc/>
    public ServerCommand? CommandIn(ReadOnlyMemory<byte> file)
    {
        var json = Body(file);
        if (Layout(json)?[table]?.Object![HeadroomMcpServer.Name] is not { } entry)
        {
            return null;
        }

        using var document = JsonDocument.Parse(
            JsonObjectLayout.WithoutComments(json.Span[entry.Value..entry.End]), new JsonDocumentOptions { AllowTrailingCommas = true, MaxDepth = 512 });
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("command", out var command)
            || command.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var arguments = document.RootElement.TryGetProperty("args", out var args) && args.ValueKind == JsonValueKind.Array ? args.EnumerateArray().ToArray() : [];
        return arguments.All(a => a.ValueKind == JsonValueKind.String)
            ? new ServerCommand(command.GetString()!, [.. arguments.Select(a => a.GetString()!)])
            : null;
    }

    /// <inheritdoc/>
    public byte[] Add(ReadOnlyMemory<byte> file, ServerCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var json = Body(file);
        var edit = new ByteEdit(file, file.Length - json.Length);
        if (Layout(json) is not { } root)
        {
            edit.Insert(json.Length, $"{{\n{StandardIndent}{TableMember(command, new Style("\n", StandardIndent), StandardIndent)}\n}}\n");
            return edit.Apply();
        }

        var style = Style.Of(json.Span, root);
        if (root[table]?.Object is { } servers)
        {
            Insert(edit, json.Span, servers, style, indent => EntryMember(command, style, indent));
        }
        else
        {
            Insert(edit, json.Span, root, style, indent => TableMember(command, style, indent));
        }

        return edit.Apply();
    }

    /// <inheritdoc/>
    public byte[] Remove(ReadOnlyMemory<byte> file, bool withTable)
    {
        while (true)
        {
            var json = Body(file);
            if (Layout(json) is not { } root || root[table] is not { } servers || servers.Object![HeadroomMcpServer.Name] is not { } entry)
            {
                return file.ToArray();
            }

            var edit = new ByteEdit(file, file.Length - json.Length);
            if (withTable && servers.Object.Members.Count == 1)
            {
                Remove(edit, json.Span, root, servers);
            }
            else
            {
                Remove(edit, json.Span, servers.Object, entry);
            }

            // A name may stand there twice.
            file = edit.Apply();
        }
    }

    /// <inheritdoc/>
    public bool IsEmpty(ReadOnlyMemory<byte> file)
    {
        var json = Body(file);
        return Layout(json) is not { } root || (root.Members.Count == 0 && json.Span.Trim(" \t\r\n{}"u8).IsEmpty);
    }

    private static ReadOnlyMemory<byte> Body(ReadOnlyMemory<byte> file) =>
        file.Span.StartsWith(Encoding.UTF8.Preamble) ? file[Encoding.UTF8.Preamble.Length..] : file;

    private JsonObjectLayout? Layout(ReadOnlyMemory<byte> json) => JsonObjectLayout.Read(JsonObjectLayout.WithoutComments(json.Span), table);

    private static void Insert(ByteEdit edit, ReadOnlySpan<byte> json, JsonObjectLayout into, Style style, Func<string, string> member)
    {
        var last = into.Members.Count > 0 ? into.Members[^1] : null;
        if (last is { Comma: null })
        {
            edit.Insert(last.End, ",");
        }

        var trailing = last is { Comma: not null } ? "," : "";
        var line = LineStart(json, into.Close);
        var opening = Indent(json, into.Open);
        if (style.NewLine.Length > 0 && line > into.Open && IsBlank(json[line..into.Close]))
        {
            // The closing brace has a line of its own; nothing that is before it can be a comment without an end.
            var closing = Encoding.UTF8.GetString(json[line..into.Close]);
            var indent = MemberIndent(json, into) ?? closing + style.Unit;
            edit.Insert(line, indent + member(indent) + trailing + style.NewLine);
        }
        else if (style.NewLine.Length > 0 && last is null)
        {
            edit.Insert(into.Close, style.NewLine + opening + style.Unit + member(opening + style.Unit) + style.NewLine + opening);
        }
        else
        {
            var space = json[into.Close - 1] == ' ' ? " " : "";
            edit.Insert(into.Close, member(opening) + trailing + space);
        }
    }

    private static void Remove(ByteEdit edit, ReadOnlySpan<byte> json, JsonObjectLayout from, JsonObjectLayout.Member member)
    {
        // 1. The member with its comma, and its lines where nothing else stands on them.
        var (start, end) = (member.Start, member.Comma + 1 ?? member.End);
        var line = LineStart(json, start);
        var rest = json[end..];
        var blank = rest.IndexOfAnyExcept((byte)' ', (byte)'\t', (byte)'\r');
        if (IsBlank(json[line..start]) && line > from.Open && blank >= 0 && rest[blank] == '\n')
        {
            (start, end) = (line, end + blank + 1);
        }
        else if (member.Comma is not null)
        {
            end += rest.IndexOfAnyExcept((byte)' ', (byte)'\t') is > 0 and var spaces ? spaces : 0;
        }

        // 2. An object of which only white space is left closes up.
        if (from.Members.Count == 1 && IsBlank(json[(from.Open + 1)..start]) && IsBlank(json[end..Math.Max(end, from.Close)]))
        {
            (start, end) = (from.Open + 1, from.Close);
        }

        edit.Remove(start, end);

        // 3. The comma before a last member that had none behind it.
        var index = from.Members.ToList().IndexOf(member);
        if (member.Comma is null && index > 0)
        {
            edit.Remove(from.Members[index - 1].Comma!.Value, from.Members[index - 1].Comma!.Value + 1);
        }
    }

    private string TableMember(ServerCommand command, Style style, string indent)
    {
        var (inner, open, close) = Nested(style, indent);
        return $"{Text(table)}{style.Colon}{{{open}{EntryMember(command, style, inner)}{close}}}";
    }

    private static string EntryMember(ServerCommand command, Style style, string indent)
    {
        var (inner, open, close) = Nested(style, indent);
        var next = style.NewLine.Length > 0 ? "," + style.NewLine + inner : ", ";
        return $"{Text(HeadroomMcpServer.Name)}{style.Colon}{{{open}{Text("type")}{style.Colon}{Text("stdio")}{next}{Text("command")}{style.Colon}{Text(command.Program)}{next}"
            + $"{Text("args")}{style.Colon}[{string.Join(", ", command.Arguments.Select(Text))}]{close}}}";
    }

    private static (string Inner, string Open, string Close) Nested(Style style, string indent) => style.NewLine.Length > 0
        ? (indent + style.Unit, style.NewLine + indent + style.Unit, style.NewLine + indent)
        : (indent, "", "");

    private static string Text(string value) => $"\"{JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.Trim(" \t\r\n"u8).IsEmpty;

    private static int LineStart(ReadOnlySpan<byte> json, int position) => json[..position].LastIndexOf((byte)'\n') + 1;

    /// <summary>The indentation of the first member that begins a line; null when none does.</summary>
    private static string? MemberIndent(ReadOnlySpan<byte> json, JsonObjectLayout layout)
    {
        foreach (var member in layout.Members)
        {
            if (IsBlank(json[LineStart(json, member.Start)..member.Start]))
            {
                return Indent(json, member.Start);
            }
        }

        return null;
    }

    /// <summary>The white space at the beginning of the line of a position.</summary>
    private static string Indent(ReadOnlySpan<byte> json, int position)
    {
        var line = json[LineStart(json, position)..position];
        var end = line.IndexOfAnyExcept((byte)' ', (byte)'\t');
        return Encoding.UTF8.GetString(end < 0 ? line : line[..end]);
    }

    /// <summary>How a document is laid out.</summary>
    /// <param name="NewLine">What ends its lines; empty for one that is on one line.</param>
    /// <param name="Unit">One step of indentation.</param>
    private sealed record Style(string NewLine, string Unit)
    {
        public string Colon => ": ";

        public static Style Of(ReadOnlySpan<byte> json, JsonObjectLayout root)
        {
            var inner = json[root.Open..root.Close];
            var end = inner.IndexOf((byte)'\n');
            if (end < 0 && root.Members.Count > 0)
            {
                return new Style("", "");
            }

            var newLine = json.IndexOf("\r\n"u8) >= 0 ? "\r\n" : "\n";
            return new Style(newLine, MemberIndent(json, root) is { Length: > 0 } unit ? unit : StandardIndent);
        }
    }
}
