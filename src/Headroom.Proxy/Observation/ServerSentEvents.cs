namespace Headroom.Proxy.Observation;

/// <summary>
/// Cuts a stream of bytes into server-sent events (WHATWG HTML, section 9.2.6). Works on bytes, so that a character may
/// straddle two reads; lines end in LF, CRLF or CR. The events' raw bytes, one after the other, are the stream.
/// </summary>
/// <param name="maximumEventBytes">Of longer events only the raw bytes are given, in pieces.</param>
internal sealed class ServerSentEvents(int maximumEventBytes)
{
    private readonly List<Range> _data = [];
    private byte[] _buffer = new byte[4096];
    private int _end;

    // Of the event being read: where it begins, where its current line begins, and up to where it was looked at.
    private int _start;
    private int _line;
    private int _at;

    private bool _isTooLong;
    private bool _afterCarriageReturn;
    private bool _linesEndInBoth;
    private bool _awaitsLineFeed;

    /// <summary>Takes in what was read, however it was cut. Ends the life of the events that were given before.</summary>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length - _end < bytes.Length)
        {
            var kept = _end - _start;
            var target = _buffer.Length - kept < bytes.Length ? new byte[Math.Max(kept + bytes.Length, _buffer.Length * 2)] : _buffer;
            _buffer.AsSpan(_start, kept).CopyTo(target);
            _buffer = target;
            (_line, _at, _end, _start) = (_line - _start, _at - _start, kept, 0);
        }

        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>The next event that is complete, or the next piece of one that is too long; false when more bytes are needed.</summary>
    public bool TryRead(out ServerSentEvent read)
    {
        while (_at < _end)
        {
            // 1. A line feed after a carriage return is part of the same line end.
            if (_afterCarriageReturn)
            {
                _afterCarriageReturn = false;
                _linesEndInBoth = _buffer[_at] == '\n';
                if (_linesEndInBoth)
                {
                    _line = ++_at;
                }

                if (_awaitsLineFeed)
                {
                    return End(out read);
                }

                continue;
            }

            // 2. Find the line's end.
            var length = _buffer.AsSpan(_at, _end - _at).IndexOfAny((byte)'\n', (byte)'\r');
            if (length < 0)
            {
                _at = _end;
                break;
            }

            _at += length;
            var (line, end) = (_line, _at);
            _afterCarriageReturn = _buffer[_at] == '\r';
            _line = ++_at;

            // 3. A blank one ends the event. Where lines end in both characters the second is still to come; where they do
            //    not, waiting for it would hold the event back until the next one begins.
            if (line == end)
            {
                _awaitsLineFeed = _afterCarriageReturn && _linesEndInBoth;
                if (!_awaitsLineFeed)
                {
                    return End(out read);
                }
            }
            else
            {
                _linesEndInBoth &= _afterCarriageReturn;
                if (!_isTooLong && _buffer.AsSpan(line..end).StartsWith("data:"u8))
                {
                    var begin = line + (_buffer.AsSpan(line..end) is [_, _, _, _, _, (byte)' ', ..] ? 6 : 5);
                    _data.Add((begin - _start)..(end - _start));
                }
            }
        }

        if (_end - _start > (_isTooLong ? 0 : maximumEventBytes))
        {
            read = Piece();
            _isTooLong = true;
            return true;
        }

        read = default;
        return false;
    }

    /// <summary>What is left when the stream has ended: an event whose last line end is all that could have followed, or a piece.</summary>
    public bool TryReadLast(out ServerSentEvent read)
    {
        if (_awaitsLineFeed)
        {
            return End(out read);
        }

        read = Piece();
        return !read.Raw.IsEmpty;
    }

    private ServerSentEvent Piece()
    {
        var raw = _buffer.AsMemory(_start, _end - _start);
        _data.Clear();
        _start = _end;
        // Where a line goes on it began before this, so that its end is not taken for a blank line.
        _line = Math.Max(_line, _start - 1);
        return new ServerSentEvent(raw, null, -1, IsWhole: false);
    }

    private bool End(out ServerSentEvent read)
    {
        ReadOnlyMemory<byte> raw = _buffer.AsMemory(_start, _at - _start);
        read = (_isTooLong, _data) switch
        {
            (true, _) => new ServerSentEvent(raw, null, -1, IsWhole: false),
            (_, []) => new ServerSentEvent(raw, null, -1, IsWhole: true),
            (_, [var only]) => new ServerSentEvent(raw, raw[only], only.Start.Value, IsWhole: true),
            _ => new ServerSentEvent(raw, Joined(raw.Span), -1, IsWhole: true),
        };
        _data.Clear();
        (_isTooLong, _awaitsLineFeed) = (false, false);
        _start = _line = _at;
        return true;
    }

    private byte[] Joined(ReadOnlySpan<byte> raw)
    {
        var joined = new List<byte>();
        foreach (var line in _data)
        {
            joined.AddRange(raw[line]);
            joined.Add((byte)'\n');
        }

        return [.. joined[..^1]];
    }
}
