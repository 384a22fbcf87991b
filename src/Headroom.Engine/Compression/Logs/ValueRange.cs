using System.Buffers.Text;
using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Headroom.Engine.Compression.Logs;

/// <summary>What stood in one place of a statement: the smallest and the largest number, or how often each word.</summary>
internal sealed class ValueRange
{
    /// <summary>More different words are not counted one by one.</summary>
    private const int MaxWords = 32;

    private const int ShownWords = 4;

    /// <summary>So many different numbers in that many lines are a choice, as a status is.</summary>
    private const int FewNumbers = 6;
    private const int ManyLines = 20;
    private const int ShownLength = 60;

    private readonly List<(ulong Hash, int At, int Length, int Count)> _words = [];
    private double _least = double.MaxValue;
    private double _most = double.MinValue;
    private (int At, int Length) _leastText;
    private (int At, int Length) _mostText;
    private (int At, int Length) _last;
    private bool _isNumber = true;
    private bool _isMany;
    private int _count;

    /// <summary>Takes in one value.</summary>
    public void Observe(ReadOnlySpan<byte> source, int at, int length)
    {
        var value = source.Slice(at, length);
        _count++;
        _last = (at, length);
        if (_isNumber)
        {
            if (TryParse(value, out var number))
            {
                if (number < _least)
                {
                    (_least, _leastText) = (number, (at, length));
                }

                if (number > _most)
                {
                    (_most, _mostText) = (number, (at, length));
                }
            }
            else
            {
                _isNumber = false;
            }
        }

        if (_isMany)
        {
            return;
        }

        var hash = XxHash3.HashToUInt64(value);
        for (var i = 0; i < _words.Count; i++)
        {
            if (_words[i].Hash == hash)
            {
                _words[i] = _words[i] with { Count = _words[i].Count + 1 };
                return;
            }
        }

        if (_words.Count < MaxWords)
        {
            _words.Add((hash, at, length, 1));
        }
        else
        {
            _isMany = true;
        }
    }

    /// <summary><c>3..250</c>, <c>GET 300, POST 20</c>, <c>a4f, ..., 77b</c>.</summary>
    public string Describe(ReadOnlySpan<byte> source)
    {
        if (_words.Count == 0)
        {
            return "";
        }

        var isChoice = _isNumber && _count >= ManyLines && _words.Count <= FewNumbers;
        if (_isNumber && _words.Count > 2 && !isChoice)
        {
            return $"{Text(source, _leastText)}..{Text(source, _mostText)}";
        }

        if (_isMany)
        {
            return $"{Text(source, (_words[0].At, _words[0].Length))}, ..., {Text(source, _last)}";
        }

        var words = new StringBuilder();
        var most = isChoice ? FewNumbers : ShownWords;
        foreach (var word in _words.OrderByDescending(word => word.Count).Take(most))
        {
            words.Append(words.Length > 0 ? ", " : "").Append(Text(source, (word.At, word.Length)));
            if (word.Count > 1)
            {
                words.Append(CultureInfo.InvariantCulture, $" {word.Count}x");
            }
        }

        return _words.Count > most ? words.Append(CultureInfo.InvariantCulture, $", {_words.Count - most} more").ToString() : words.ToString();
    }

    // Leading zeros and hex are names, not numbers.
    private static bool TryParse(ReadOnlySpan<byte> value, out double number)
    {
        number = 0;
        if (value.Length is 0 or > 17)
        {
            return false;
        }

        var i = value[0] == '-' ? 1 : 0;
        var digits = 0;
        long whole = 0;
        for (; i < value.Length && LogTimestamp.IsDigit(value[i]); i++, digits++)
        {
            whole = (whole * 10) + value[i] - '0';
        }

        if (digits == 0)
        {
            return false;
        }

        if (i == value.Length)
        {
            number = value[0] == '-' ? -whole : whole;
            return true;
        }

        return value[i] == '.' && Utf8Parser.TryParse(value, out number, out var used) && used == value.Length;
    }

    private static string Text(ReadOnlySpan<byte> source, (int At, int Length) range)
    {
        // What is cut here is in the original; a value is named, not quoted.
        if (range.Length <= ShownLength)
        {
            return range.Length == 0 ? "\"\"" : Encoding.UTF8.GetString(source.Slice(range.At, range.Length));
        }

        var length = ShownLength;
        while (length > 0 && (source[range.At + length] & 0xC0) == 0x80)
        {
            length--;
        }

        return Encoding.UTF8.GetString(source.Slice(range.At, length)) + "...";
    }
}
