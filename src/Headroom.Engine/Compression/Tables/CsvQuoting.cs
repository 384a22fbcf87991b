using Headroom.Engine.Compression.Json;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// The ways in which programs choose the fields that they put in quotes. A field that cannot stand without quotes has them in all.
/// </summary>
/// <param name="isColumnQuoted">For the way that goes by columns, which those are.</param>
internal sealed class CsvQuoting(bool[] isColumnQuoted)
{
    /// <summary>The number of ways.</summary>
    public const int Ways = 5;

    /// <summary>The way without a word in the legend: only what needs quotes has them.</summary>
    public const int OnlyNeeded = 0;

    private const int Every = 1;
    private const int EveryFilled = 2;
    private const int EveryText = 3;
    private const int ByColumn = 4;
    private const int All = (1 << Ways) - 1;
    private const string ByColumnWord = "quoted columns";

    private static readonly string?[] Words = [null, "quoted", "quoted unless empty", "quoted unless number", null];

    /// <summary>The columns that are quoted in a sample of the records.</summary>
    /// <param name="text">The text.</param>
    /// <param name="at">Where the first record stands.</param>
    /// <param name="separator">Between fields.</param>
    /// <param name="width">Number of columns.</param>
    public static CsvQuoting OfSample(ReadOnlySpan<byte> text, int at, byte separator, int width)
    {
        var votes = new int[width];
        var fields = new List<DelimitedField>();
        for (var record = 0; record < 100 && at < text.Length; record++)
        {
            at += DelimitedRecord.Read(text[at..], at, separator, fields);
            for (var i = 0; fields.Count == width && i < width; i++)
            {
                votes[i] += fields[i].IsQuoted ? 1 : -1;
            }
        }

        return new CsvQuoting([.. votes.Select(v => v > 0)]);
    }

    /// <summary>Reads the words of a legend.</summary>
    public static (CsvQuoting Quoting, int Way) Of(string[] words)
    {
        var byColumn = words.FirstOrDefault(w => w.StartsWith(ByColumnWord, StringComparison.Ordinal));
        if (byColumn is null)
        {
            return (new CsvQuoting([]), Math.Max(0, Array.FindIndex(Words, w => w is not null && words.Contains(w))));
        }

        var columns = new bool[1024];
        foreach (var number in byColumn[ByColumnWord.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (int.TryParse(number, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var column)
                && column > 0 && column <= columns.Length)
            {
                columns[column - 1] = true;
            }
        }

        return (new CsvQuoting(columns), ByColumn);
    }

    /// <summary>The word of a way in the legend; null for none.</summary>
    public string? Word(int way) => way == ByColumn
        ? $"{ByColumnWord} {string.Join(' ', isColumnQuoted.Index().Where(c => c.Item).Select(c => FormattableString.Invariant($"{c.Index + 1}")))}"
        : Words[way];

    /// <summary>The ways in which a record could have been written, one bit each; 0 when it is in none.</summary>
    public int Matching(ReadOnlySpan<byte> text, List<DelimitedField> fields, byte separator)
    {
        var mask = All;
        for (var i = 0; i < fields.Count; i++)
        {
            var field = fields[i];
            var isByColumn = isColumnQuoted[i] == field.IsQuoted ? 1 << ByColumn : 0;
            var value = text.Slice(field.Start, field.Length);
            if (!field.IsQuoted)
            {
                // Outside quotes a quote or CR would be taken for something else.
                mask &= field.HasQuote || value.Contains((byte)'\r') ? 0
                    : isByColumn | 1 << OnlyNeeded | (value.IsEmpty ? 1 << EveryFilled : 0)
                        | ((mask & (1 << EveryText)) != 0 && IsNumber(value) ? 1 << EveryText : 0);
            }
            else if (!Needs(value, separator))
            {
                mask &= isByColumn | 1 << Every | (value.IsEmpty ? 0 : 1 << EveryFilled)
                    | ((mask & (1 << EveryText)) == 0 || IsNumber(value) ? 0 : 1 << EveryText);
            }
        }

        return mask;
    }

    /// <summary>Writes a field in one of the ways.</summary>
    public void Write(ByteBuffer output, ReadOnlySpan<byte> value, byte separator, int way, int column)
    {
        var isQuoted = Needs(value, separator) || way switch
        {
            Every => true,
            EveryFilled => !value.IsEmpty,
            EveryText => !IsNumber(value),
            ByColumn => column < isColumnQuoted.Length && isColumnQuoted[column],
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

    private static bool Needs(ReadOnlySpan<byte> value, byte separator) =>
        value.IndexOfAny(separator, (byte)'"', (byte)'\n') >= 0 || value.Contains((byte)'\r');

    private static bool IsNumber(ReadOnlySpan<byte> value) => !value.IsEmpty && value[0] <= (byte)'9' && JsonLexeme.IsLiteral(value);
}
