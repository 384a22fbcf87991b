using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Retrieval;

/// <summary>An original that is asked for a part: its lines, its JSON and its rows, each read when it is first needed.</summary>
internal sealed class Original
{
    private const int MostKeys = 20;

    private readonly CancellationToken _cancellationToken;
    private readonly Lazy<TextLines> _lines;
    private readonly Lazy<(JsonTape? Tape, bool IsLines, bool IsAllValues)> _json;
    private readonly Lazy<OriginalRows?> _rows;

    public Original(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        Bytes = bytes;
        _cancellationToken = cancellationToken;
        _lines = new(() => TextLines.Read(Bytes));
        _json = new(ReadJson);
        _rows = new(() => Json is { } tape ? OriginalRows.OfJson(tape, IsJsonLines, cancellationToken) : OriginalRows.OfTable(Lines, cancellationToken));
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    public TextLines Lines => _lines.Value;

    /// <summary>The JSON document, or the values of JSON lines as the items of an array that is not in the source; null when it is neither.</summary>
    public JsonTape? Json => _json.Value.Tape;

    public bool IsJsonLines => _json.Value.IsLines;

    /// <summary>Null when it is neither table nor list.</summary>
    public OriginalRows? Rows => _rows.Value;

    /// <summary>A search through the rows misses nothing, or what it misses is looked through by itself.</summary>
    public bool IsAllRows => Json is null ? Rows is { IsAll: true } : _json.Value.IsAllValues && Rows is { Bytes: var bytes } && bytes * 2 >= Bytes.Length;

    /// <summary>What it is and how large: <c>a JSON array of 1000 rows with the keys id, name</c>.</summary>
    public string Description()
    {
        if (Json is not { } tape)
        {
            return Rows is { } table
                ? $"a table of {RetrievalMessage.Figure(table.Count, "row")}{(table.Frame.Head.IsEmpty ? "" : $" below {RetrievalMessage.Quote(Encoding.UTF8.GetString(table.Frame.Head.Span).Trim())}")}"
                : $"text with {RetrievalMessage.Figure(Lines.Count, "line")}";
        }

        if (IsJsonLines)
        {
            return $"JSON lines, {RetrievalMessage.Figure(tape.Nodes[0].Count, "row")}{WithKeys(tape, 1)}";
        }

        return Rows is { Node: > 0 } rows
            ? $"{Describe(tape, 0)}, in it at {rows.Place} {RetrievalMessage.Figure(rows.Count, "row")}"
            : Describe(tape, 0);
    }

    /// <summary>What a JSON value is: <c>an array of 12</c>, <c>an object with the keys id, name</c>, <c>a number</c>.</summary>
    public static string Describe(JsonTape tape, int node) => tape.Nodes[node] switch
    {
        { Kind: JsonNodeKind.Object, Count: 0 } => "an empty object",
        { Kind: JsonNodeKind.Object } => $"an object{WithKeys(tape, node)}",
        { Kind: JsonNodeKind.Array, Count: 0 } => "an empty array",
        { Kind: JsonNodeKind.Array, Count: var count } => $"an array of {RetrievalMessage.Figure(count, "item")}{WithKeys(tape, node + 1)}",
        { Kind: JsonNodeKind.String, Length: var length } => $"a string of {RetrievalMessage.Figure(length - 2, "byte")}",
        { Kind: JsonNodeKind.Number } => "a number",
        _ => Encoding.UTF8.GetString(tape.Raw(node)),
    };

    private static string WithKeys(JsonTape tape, int node)
    {
        if (tape.Nodes[node] is not { Kind: JsonNodeKind.Object, Count: > 0 and var count, Shape: var shape })
        {
            return "";
        }

        var keys = tape.Keys(shape).Take(MostKeys).Select(key => JsonLocation.Name(tape.KeyName(key)));
        return $" with the keys {string.Join(", ", keys)}{(count > MostKeys ? ", ..." : "")}";
    }

    private (JsonTape? Tape, bool IsLines, bool IsAllValues) ReadJson()
    {
        if (Bytes.Span.TrimStart(" \t\r\n"u8) is not [(byte)'{' or (byte)'[' or (byte)'"' or (byte)'-' or (>= (byte)'0' and <= (byte)'9') or (byte)'t' or (byte)'f' or (byte)'n', ..])
        {
            return default;
        }

        if (JsonTape.Read(Bytes, _cancellationToken) is { } tape)
        {
            return (tape, false, true);
        }

        return JsonLinesCompressor.ReadRows(Lines, out var kept, out _, _cancellationToken) is { } rows ? (rows, true, kept.Count == 0) : default;
    }
}
