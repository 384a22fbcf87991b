using System.Text;
using System.Text.Json;

namespace Headroom.Engine.Compression.Tables;

/// <summary>Reads the rows that <see cref="RowJson"/> wrote.</summary>
internal static class JsonRows
{
    /// <summary>Gives each row's cells, by column; empty ones are empty.</summary>
    /// <param name="json">An array of objects whose first has every key.</param>
    /// <param name="start">Takes the columns' names, once.</param>
    /// <param name="row">Takes a row's cells; they are not kept.</param>
    /// <returns>False when it is no such array.</returns>
    public static bool Read(byte[] json, Action<string[]> start, Action<ReadOnlyMemory<byte>[]> row)
    {
        try
        {
            return ReadCells(json, start, row);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool ReadCells(byte[] json, Action<string[]> start, Action<ReadOnlyMemory<byte>[]> row)
    {
        var reader = new Utf8JsonReader(json);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            return false;
        }

        var names = new List<byte[]>();
        var first = new List<ReadOnlyMemory<byte>>();
        ReadOnlyMemory<byte>[] cells = [];
        for (var isFirst = true; reader.Read() && reader.TokenType == JsonTokenType.StartObject; isFirst = false)
        {
            Array.Clear(cells);
            var column = -1;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (isFirst)
                {
                    names.Add(Encoding.UTF8.GetBytes(reader.GetString()!));
                }
                else
                {
                    do
                    {
                        column++;
                    }
                    while (column < cells.Length && !reader.ValueTextEquals(names[column]));
                    if (column >= cells.Length)
                    {
                        return false;
                    }
                }

                reader.Read();
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                {
                    return false;
                }

                var at = (int)reader.TokenStartIndex + (reader.TokenType == JsonTokenType.String ? 1 : 0);
                ReadOnlyMemory<byte> value = reader.ValueIsEscaped ? Unescaped(ref reader) : json.AsMemory(at, reader.ValueSpan.Length);
                if (isFirst)
                {
                    first.Add(value);
                }
                else
                {
                    cells[column] = value;
                }
            }

            if (isFirst)
            {
                cells = [.. first];
                start([.. names.Select(Encoding.UTF8.GetString)]);
            }

            row(cells);
        }

        return reader.TokenType == JsonTokenType.EndArray && cells.Length > 0;
    }

    private static byte[] Unescaped(ref Utf8JsonReader reader)
    {
        var text = new byte[reader.ValueSpan.Length];
        return text[..reader.CopyString(text)];
    }
}
