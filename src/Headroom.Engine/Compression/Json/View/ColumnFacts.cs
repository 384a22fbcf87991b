using System.Buffers.Text;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>What is known of a column once all its cells are in.</summary>
internal sealed class ColumnFacts
{
    /// <summary>The facts of a column that was not looked at.</summary>
    public static readonly ColumnFacts None = new();

    private const double Dominant = 0.9;

    /// <summary>A column repeats when its distinct values are at most this share of its cells.</summary>
    private const double RepeatingShare = 0.25;

    /// <summary>Strings of so few values need no look at their words; in short columns the share decides.</summary>
    private const int MostPlainValues = 2;

    private ColumnFacts()
    {
    }

    /// <summary>What the values are.</summary>
    public ColumnKind Kind { get; private init; } = ColumnKind.Container;

    /// <summary>For each cell the index of its value in <see cref="Values"/>; empty for containers and where values are not told apart.</summary>
    public int[] ValueOf { get; private init; } = [];

    /// <summary>The distinct values, first seen first; empty where very many numbers are nearly all different.</summary>
    public ColumnValue[] Values { get; private init; } = [];

    /// <summary>The numbers in row order.</summary>
    public double[] Numbers { get; private init; } = [];

    /// <summary>The numbers in ascending order, or a sample of them: see <see cref="NumberSample"/>.</summary>
    public double[] Sorted { get; private init; } = [];

    /// <summary>The usual step from one number to the next, of a <see cref="ColumnKind.Sequence"/>.</summary>
    public double Step { get; private init; }

    // For each number the cell it is from; empty where every cell is a number.
    private int[] NumberCells { get; init; } = [];

    /// <summary>The most decimal places that a number was written with; -1 when some are in exponent form.</summary>
    public int Decimals { get; private init; }

    /// <summary>Forms and words of the distinct values; null for times and for fewer than three values.</summary>
    public ValueForms? Forms { get; private init; }

    /// <summary>The cell that a number is from.</summary>
    public int CellOf(int number) => NumberCells.Length == 0 ? number : NumberCells[number];

    /// <summary>Looks at a column of <paramref name="rows"/> rows.</summary>
    public static ColumnFacts Of(JsonTape tape, Column column, int rows, ValueIndex index)
    {
        var cells = column.Cells;
        var nodes = tape.Nodes;
        if (cells.IsEmpty || column.Of(JsonNodeKind.Object) * 2 > cells.Length
            || (column.Of(JsonNodeKind.Array) * 2 > cells.Length && (column.HoldsRows || HasItemColumn(nodes, cells))))
        {
            return None;
        }

        if (cells.Length > NumberSample.Most && column.Of(JsonNodeKind.Number) == cells.Length && OfMany(tape, cells) is { } many)
        {
            return many;
        }

        var (valueOf, values) = index.Distinct(tape, cells);
        var isMeasure = column.Of(JsonNodeKind.String) * 2 > cells.Length && LooksLikeMeasure(tape, cells, values);
        var most = column.Of(JsonNodeKind.Number) + (isMeasure ? column.Of(JsonNodeKind.String) : 0);
        var numbers = most == 0 ? [] : new double[most];
        var numberCells = most == cells.Length ? [] : new int[most];
        var decimals = 0;
        var number = 0;
        for (var cell = 0; cell < cells.Length && number < most; cell++)
        {
            var node = cells[cell].Node;
            var isString = nodes[node].Kind == JsonNodeKind.String;
            if (nodes[node].Kind == JsonNodeKind.Number || (isMeasure && isString && JsonLexeme.IsLiteral(tape.Inner(node)) && tape.Inner(node)[^1] <= '9'))
            {
                numbers[number] = Parse(isString ? tape.Inner(node) : tape.Raw(node), ref decimals);
                if (numberCells.Length > 0)
                {
                    numberCells[number] = cell;
                }

                number++;
            }
        }

        if (number < most)
        {
            Array.Resize(ref numbers, number);
            Array.Resize(ref numberCells, number);
        }

        var sorted = NumberSample.Sorted(numbers);
        var step = 0.0;
        var present = cells.Length - column.Of(JsonNodeKind.Null);
        ValueForms? forms = null;
        ColumnKind kind;
        if (values.Length == 1)
        {
            // One value in some of the rows only still tells those rows from the others.
            kind = cells.Length == rows ? ColumnKind.Constant : ColumnKind.Category;
        }
        else if (!isMeasure && column.Of(JsonNodeKind.String) >= Dominant * present && present > 0)
        {
            if (LooksLikeTime(tape, cells, values))
            {
                kind = ColumnKind.Time;
            }
            else
            {
                forms = values.Length > MostPlainValues ? ValueForms.Read(tape, cells, values) : null;
                kind = forms is null || values.Length <= RepeatingShare * cells.Length ? ColumnKind.Category : forms.Kind;
            }
        }
        else if (numbers.Length >= Dominant * present && present > 0)
        {
            kind = NumberKind(numbers, sorted, values.Length * 2 > numbers.Length, decimals, out step);
        }
        else
        {
            kind = values.Length <= Math.Max(2, RepeatingShare * cells.Length) ? ColumnKind.Category : ColumnKind.Distinctive;
        }

        return new ColumnFacts
        {
            Kind = kind,
            ValueOf = valueOf,
            Values = values,
            Numbers = numbers,
            NumberCells = numberCells,
            Sorted = sorted,
            Step = step,
            Decimals = decimals,
            Forms = forms,
        };
    }

    // Of very many numbers that are nearly all different, no value is frequent, and none is rare: they are not told apart.
    private static ColumnFacts? OfMany(JsonTape tape, ReadOnlySpan<Cell> cells)
    {
        var numbers = new double[cells.Length];
        var decimals = 0;
        for (var cell = 0; cell < cells.Length; cell++)
        {
            numbers[cell] = Parse(tape.Raw(cells[cell].Node), ref decimals);
        }

        var sorted = NumberSample.Sorted(numbers);
        var different = 1;
        for (var i = 1; i < sorted.Length; i++)
        {
            different += sorted[i] != sorted[i - 1] ? 1 : 0;
        }

        return different * 4 <= sorted.Length ? null : new ColumnFacts
        {
            Kind = NumberKind(numbers, sorted, different * 2 > sorted.Length, decimals, out var step),
            Numbers = numbers,
            Sorted = sorted,
            Step = step,
            Decimals = decimals,
        };
    }

    private static bool HasItemColumn(JsonNodes nodes, ReadOnlySpan<Cell> cells)
    {
        foreach (var cell in cells)
        {
            if (nodes[cell.Node] is { Kind: JsonNodeKind.Array, Count: > 0 })
            {
                return nodes[cell.Node + 1].Kind is JsonNodeKind.Object or JsonNodeKind.String;
            }
        }

        return false;
    }

    private static ColumnKind NumberKind(double[] numbers, double[] sorted, bool areMostDifferent, int decimals, out double step)
    {
        step = 0;
        if (decimals == 0 && areMostDifferent && IsUnixTime(sorted))
        {
            return ColumnKind.Time;
        }

        if (numbers.Length >= RobustFences.MinimumCount && numbers[1] != numbers[0])
        {
            step = NumberSample.MedianStep(numbers, isSize: false);
            var usual = 0;
            for (var i = 1; i < numbers.Length; i++)
            {
                usual += numbers[i] - numbers[i - 1] == step ? 1 : 0;
            }

            if (step != 0 && usual >= Dominant * (numbers.Length - 1))
            {
                return ColumnKind.Sequence;
            }
        }

        return ColumnKind.Number;
    }

    // Seconds or milliseconds between 2001 and 2039.
    private static bool IsUnixTime(double[] sorted)
    {
        var low = sorted[sorted.Length / 20];
        var high = sorted[sorted.Length - 1 - (sorted.Length / 20)];
        return (low >= 1e9 && high <= 2.2e9) || (low >= 1e12 && high <= 2.2e12);
    }

    // Numbers with a point, written as strings: measures, as many interfaces send them. Whole numbers may as well be names.
    private static bool LooksLikeMeasure(JsonTape tape, ReadOnlySpan<Cell> cells, ColumnValue[] values)
    {
        var step = Math.Max(1, values.Length / 32);
        var points = 0;
        for (var i = 0; i < values.Length; i += step)
        {
            var node = cells[values[i].FirstCell].Node;
            if (tape.Nodes[node].Kind != JsonNodeKind.String)
            {
                continue;
            }

            var text = tape.Inner(node);
            if (!JsonLexeme.IsLiteral(text) || text[^1] > '9')
            {
                return false;
            }

            points += text.Contains((byte)'.') ? 1 : 0;
        }

        return points * 2 > values.Length / step;
    }

    private static bool LooksLikeTime(JsonTape tape, ReadOnlySpan<Cell> cells, ColumnValue[] values)
    {
        var step = Math.Max(1, values.Length / 32);
        var (seen, times) = (0, 0);
        for (var i = 0; i < values.Length; i += step)
        {
            var raw = tape.Raw(cells[values[i].FirstCell].Node);
            seen++;
            times += raw.Length > 2 && raw[0] == '"' && IsTime(raw[1..^1]) ? 1 : 0;
        }

        return times >= Dominant * seen;
    }

    private static bool IsTime(ReadOnlySpan<byte> text)
    {
        if (text.Length < 10 || text[4] != '-' || text[7] != '-' || (text.Length > 10 && text[10] is not ((byte)'T' or (byte)' ')))
        {
            return false;
        }

        ReadOnlySpan<int> digits = [0, 1, 2, 3, 5, 6, 8, 9];
        foreach (var at in digits)
        {
            if (!char.IsAsciiDigit((char)text[at]))
            {
                return false;
            }
        }

        return true;
    }

    private static double Parse(ReadOnlySpan<byte> lexeme, ref int decimals)
    {
        // Up to 15 digits without exponent are exact as a quotient of two exact doubles (Clinger 1990): no need for the general parser.
        long digits = 0;
        var point = -1;
        var i = lexeme[0] == '-' ? 1 : 0;
        if (lexeme.Length <= 15 + i)
        {
            for (; i < lexeme.Length; i++)
            {
                var digit = lexeme[i] - '0';
                if ((uint)digit <= 9)
                {
                    digits = (digits * 10) + digit;
                }
                else if (lexeme[i] == '.')
                {
                    point = i;
                }
                else
                {
                    break;
                }
            }

            if (i == lexeme.Length)
            {
                var places = point < 0 ? 0 : lexeme.Length - 1 - point;
                decimals = decimals < 0 ? decimals : Math.Max(decimals, places);
                var value = digits / PowersOfTen[places];
                return lexeme[0] == '-' ? -value : value;
            }
        }

        if (lexeme.IndexOfAny((byte)'e', (byte)'E') >= 0)
        {
            decimals = -1;
        }
        else if (decimals >= 0 && lexeme.IndexOf((byte)'.') is >= 0 and var at)
        {
            decimals = Math.Max(decimals, lexeme.Length - 1 - at);
        }

        _ = Utf8Parser.TryParse(lexeme, out double parsed, out _);
        return Math.Clamp(parsed, double.MinValue, double.MaxValue);
    }

    private static ReadOnlySpan<double> PowersOfTen => [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14];
}
