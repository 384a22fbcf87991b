using System.Buffers;

namespace Headroom.Proxy.Observation;

/// <summary>
/// Cuts a stream of bytes into server-sent events (WHATWG HTML, section 9.2.6). Works on bytes, so that a character may
/// straddle two reads; lines end in LF, CRLF or CR.
/// </summary>
/// <param name="onEvent">Gets each event's data lines, joined by LF, as UTF-8.</param>
internal sealed class ServerSentEvents(Action<ReadOnlyMemory<byte>> onEvent)
{
    /// <summary>Longer events are passed over: nothing that is looked for here comes in them.</summary>
    public const int MaximumEventBytes = 1 << 20;

    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly ArrayBufferWriter<byte> _data = new();
    private bool _hasData;
    private bool _isTooLong;
    private bool _afterCarriageReturn;

    /// <summary>Takes in what was read, however it was cut.</summary>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_afterCarriageReturn && bytes[0] == '\n')
            {
                bytes = bytes[1..];
                _afterCarriageReturn = false;
                continue;
            }

            _afterCarriageReturn = false;
            var end = bytes.IndexOfAny((byte)'\n', (byte)'\r');
            Append(_line, end < 0 ? bytes : bytes[..end]);
            if (end < 0)
            {
                return;
            }

            _afterCarriageReturn = bytes[end] == '\r';
            bytes = bytes[(end + 1)..];
            EndLine();
        }
    }

    private void EndLine()
    {
        var line = _line.WrittenSpan;
        if (line.IsEmpty)
        {
            if (_hasData && !_isTooLong)
            {
                onEvent(_data.WrittenMemory);
            }

            _data.ResetWrittenCount();
            (_hasData, _isTooLong) = (false, false);
        }
        else if (line.StartsWith("data:"u8))
        {
            if (_hasData)
            {
                _data.Write("\n"u8);
            }

            _hasData = true;
            Append(_data, line is [_, _, _, _, _, (byte)' ', ..] ? line[6..] : line[5..]);
        }

        _line.ResetWrittenCount();
    }

    private void Append(ArrayBufferWriter<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        if (buffer.WrittenCount + bytes.Length > MaximumEventBytes)
        {
            _isTooLong = true;
        }
        else
        {
            buffer.Write(bytes);
        }
    }
}
