using System.Buffers.Text;

namespace Headroom.Engine.Compression.Logs;

/// <summary>Reads the lossless form of a log back (see <see cref="LogNotation"/>).</summary>
internal sealed class LogNotationReader
{
    private readonly ByteBuffer _output;
    private readonly List<Definition> _definitions = [];
    private readonly List<(int At, int Length)> _last = [];
    private readonly byte[] _time = new byte[LogTimestamp.MaxLength * 2];
    private readonly byte[] _expanded = new byte[LogTimestamp.MaxLength * 2];
    private readonly bool _isCrLf;
    private int _timeLength;
    private long _lines;

    private LogNotationReader(ByteBuffer output, bool isCrLf)
    {
        _output = output;
        _isCrLf = isCrLf;
    }

    /// <summary>The log, or null when the form is damaged.</summary>
    public static byte[]? Read(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        var reader = new LogNotationReader(limit.Buffer(body.Length * 2), header.Legend?.StartsWith("crlf;", StringComparison.Ordinal) == true);
        var endsWithLineFeed = body is [.., (byte)'\n'];
        if (!reader.ReadDefinitions(ref body))
        {
            return null;
        }

        var any = false;
        while (!body.IsEmpty || (!any && header.Lines > 0))
        {
            any = true;
            if (!reader.ReadLine(NextLine(ref body)))
            {
                return null;
            }
        }

        if (reader._lines != header.Lines)
        {
            return null;
        }

        if (!endsWithLineFeed)
        {
            reader._output.TruncateBy(reader._isCrLf ? 2 : 1);
        }

        return reader._output.ToArray();
    }

    private static ReadOnlySpan<byte> NextLine(ref ReadOnlySpan<byte> body)
    {
        var end = body.IndexOf((byte)'\n');
        var line = end < 0 ? body : body[..end];
        body = end < 0 ? default : body[(end + 1)..];
        return line;
    }

    private bool ReadDefinitions(ref ReadOnlySpan<byte> body)
    {
        while (LogNotation.ReadCode(body, out var length) == _definitions.Count && body.Length > length && body[length] == ':')
        {
            var line = NextLine(ref body);
            if (line.Length < length + 2 || line[length + 1] != ' ')
            {
                return false;
            }

            var text = line[(length + 2)..];
            if (text.Length > 0 && text[0] == '{' && Utf8Parser.TryParse(text[1..], out int lines, out var digits) && text[(1 + digits)..].SequenceEqual(" lines}"u8))
            {
                var block = new List<byte[]>();
                for (; lines > 0; lines--)
                {
                    if (body.IsEmpty)
                    {
                        return false;
                    }

                    block.Add(NextLine(ref body).ToArray());
                }

                _definitions.Add(new Definition([.. block]));
            }
            else
            {
                _definitions.Add(Definition.Read(text));
            }
        }

        return true;
    }

    private bool ReadLine(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("{last "u8))
        {
            return Repeat(line["{last ".Length..]);
        }

        if (line.Length > 0 && line[0] == LogNotation.Escape)
        {
            Begin();
            _output.Append(line[1..]);
            End();
            return true;
        }

        // 1. A timestamp, or the end of one.
        var written = LogNotation.ReadTime(line);
        if (written > 0)
        {
            var length = LogNotation.ExpandTime(_time.AsSpan(0, _timeLength), line[..written], _expanded);
            if (length is 0 or > LogTimestamp.MaxLength)
            {
                return false;
            }

            _expanded.AsSpan(0, length).CopyTo(_time);
            _timeLength = length;
            var rest = line[written..];
            if (rest.Length > 0 && rest[0] == ' ' && LogNotation.ReadCode(rest[1..], out var timedLength) is >= 0 and var timed && timed < _definitions.Count)
            {
                return Expand(_definitions[timed], rest[(1 + timedLength)..]);
            }

            Begin();
            _output.Append(_time.AsSpan(0, _timeLength));
            _output.Append(rest);
            End();
            return true;
        }

        // 2. A letter of the legend.
        if (LogNotation.ReadCode(line, out var codeLength) is >= 0 and var code && code < _definitions.Count)
        {
            return Expand(_definitions[code], line[codeLength..]);
        }

        // 3. Text.
        Begin();
        _output.Append(line);
        End();
        return true;
    }

    private bool Expand(Definition definition, ReadOnlySpan<byte> values)
    {
        if (definition.Block is { } block)
        {
            foreach (var line in block)
            {
                Begin();
                _output.Append(line);
                End();
            }

            return values.IsEmpty;
        }

        Begin();
        var count = 0;
        for (var i = 0; i < definition.Places.Length; i++)
        {
            _output.Append(definition.Literals[i]);
            if (definition.Places[i] == Place.Time)
            {
                _output.Append(_time.AsSpan(0, _timeLength));
                continue;
            }

            if (values.IsEmpty || values[0] != ' ')
            {
                return false;
            }

            values = values[1..];
            var end = definition.Places[i] == Place.Tail ? -1 : values.IndexOf((byte)' ');
            var value = end < 0 ? values : values[..end];
            values = values[value.Length..];
            var at = _output.Length;
            if (definition.Places[i] == Place.Value && value is [LogNotation.Same])
            {
                if (count >= _last.Count)
                {
                    return false;
                }

                _output.Append(_output.Written.Slice(_last[count].At, _last[count].Length));
            }
            else if (definition.Places[i] == Place.Tail || !value.SequenceEqual("\"\""u8))
            {
                _output.Append(value);
            }

            if (count == _last.Count)
            {
                _last.Add(default);
            }

            _last[count++] = (at, _output.Length - at);
        }

        _last.RemoveRange(count, _last.Count - count);
        _output.Append(definition.Literals[^1]);
        End();
        return values.IsEmpty;
    }

    // line 12 more times} or 3 lines 12 more times}
    private bool Repeat(ReadOnlySpan<byte> text)
    {
        var period = 1;
        if (text.StartsWith("line "u8))
        {
            text = text["line ".Length..];
        }
        else if (Utf8Parser.TryParse(text, out period, out var digits) && text[digits..].StartsWith(" lines "u8))
        {
            text = text[(digits + " lines ".Length)..];
        }
        else
        {
            return false;
        }

        if (!Utf8Parser.TryParse(text, out int times, out var used) || !text[used..].SequenceEqual(" more times}"u8)
            || times < 1 || period < 1 || period > _lines)
        {
            return false;
        }

        _lines += (long)period * times;
        _output.RepeatLines(period, times);
        return true;
    }

    private void Begin() => _lines++;

    private void End() => _output.Append(_isCrLf ? "\r\n"u8 : "\n"u8);

    private enum Place : byte
    {
        Value,
        Time,
        Tail,
    }

    /// <summary>What a letter stands for: a text with places, or a block of lines.</summary>
    private sealed class Definition
    {
        public Definition(byte[][] block)
        {
            Block = block;
            Literals = [];
            Places = [];
        }

        private Definition(byte[][] literals, Place[] places)
        {
            Literals = literals;
            Places = places;
        }

        public byte[][]? Block { get; }

        public byte[][] Literals { get; }

        public Place[] Places { get; }

        public static Definition Read(ReadOnlySpan<byte> text)
        {
            var literals = new List<byte[]>();
            var places = new List<Place>();
            var from = 0;
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] != '{')
                {
                    continue;
                }

                var place = text[i..];
                var (length, kind) = place.StartsWith(LogNotation.ValuePlace) ? (2, Place.Value)
                    : place.StartsWith(LogNotation.TimePlace) ? (3, Place.Time)
                    : place.SequenceEqual(LogNotation.TailPlace) ? (5, Place.Tail) : (0, Place.Value);
                if (length > 0)
                {
                    literals.Add(text[from..i].ToArray());
                    places.Add(kind);
                    i += length - 1;
                    from = i + 1;
                }
            }

            literals.Add(text[from..].ToArray());
            return new Definition([.. literals], [.. places]);
        }
    }
}
