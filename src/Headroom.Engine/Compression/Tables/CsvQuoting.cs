using Headroom.Engine.Compression.Json;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Tables;

/// <summary>The ways in which programs choose the fields that they put in quotes. A field that cannot stand without quotes has them in all.</summary>
internal static class CsvQuoting
{
    private const int OnlyNeeded = 0;
    private const int Every = 1;
    private const int EveryFilled = 2;
    private const int EveryText = 3;

    /// <summary>The ways by their word in a legend; the first is the common one and is not named.</summary>
    public static string?[] All { get; } = [null, "quoted", "quoted unless empty", "quoted unless number"];

    /// <summary>The ways in which a record could have been written, one bit each; 0 when it is in none.</summary>
    public static int Matching(ReadOnlySpan<byte> text, List<DelimitedField> fields, byte separator, bool endsAsLines)
    {
        if (!endsAsLines || (fields.Count == 1 && fields[0].Length == 0))
        {
            return 0;
        }

        var mask = 15;
        foreach (var field in fields)
        {
            if (!field.IsQuoted)
            {
                // Outside quotes a quote or CR would be taken for something else.
                var isEmpty = field.Length == 0;
                mask &= field.HasQuote || text.Slice(field.Start, field.Length).Contains((byte)'\r') ? 0
                    : 1 << OnlyNeeded | (isEmpty ? 1 << EveryFilled : 0) | ((mask & (1 << EveryText)) != 0 && IsNumber(text.Slice(field.Start, field.Length)) ? 1 << EveryText : 0);
            }
            else
            {
                var value = text.Slice(field.Start, field.Length);
                mask &= Needs(value, separator) ? 15
                    : 1 << Every | (field.Length > 0 ? 1 << EveryFilled : 0) | (IsNumber(value) ? 0 : 1 << EveryText);
            }
        }

        return mask;
    }

    /// <summary>Writes a field in one of the ways.</summary>
    public static void Write(ByteBuffer output, ReadOnlySpan<byte> value, byte separator, int quoting)
    {
        var isQuoted = Needs(value, separator) || quoting switch
        {
            Every => true,
            EveryFilled => !value.IsEmpty,
            EveryText => !IsNumber(value),
            _ => false,
        };
        if (!isQuoted)
        {
            output.Append(value);
            return;
        }

        output.Append('"');
        foreach (var b in value)
        {
            if (b == (byte)'"')
            {
                output.Append(b);
            }

            output.Append(b);
        }

        output.Append('"');
    }

    private static bool Needs(ReadOnlySpan<byte> value, byte separator) => value.IndexOfAny(separator, (byte)'"') >= 0 || value.IndexOfAny((byte)'\r', (byte)'\n') >= 0;

    private static bool IsNumber(ReadOnlySpan<byte> value) => !value.IsEmpty && value[0] <= (byte)'9' && JsonLexeme.IsLiteral(value);
}
