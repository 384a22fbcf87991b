using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Headroom.Mcp;

/// <summary>
/// Newline-delimited JSON-RPC over two streams, from which nobody goes away without an answer: what is no message, or has an id that the SDK cannot
/// hold, is answered with an error under its own id, a line is read within bounds, and when the input ends what was asked before is answered first.
/// </summary>
internal sealed class LineTransport : TransportBase
{
    /// <summary>The longest line that is read, in bytes.</summary>
    public const int LongestLine = 128 << 20;

    // What goes on for so many times the longest line has no end, and is no client.
    private const int LinesWithoutEnd = 16;

    private const int ParseError = -32700;
    private const int InvalidRequest = -32600;
    private const int InternalError = -32603;

    // Deeper than any message; the serializer's own limit is less and gets its own answer.
    private const int MaximumDepth = 1024;

    /// <summary>How long answers may take after the input has ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly JsonTypeInfo<JsonRpcMessage> Message = (JsonTypeInfo<JsonRpcMessage>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage));

    private readonly Stream _input;
    private readonly Stream _output;
    private readonly int _longestLine;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _givingUp = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Lock _gate = new();
    private readonly Dictionary<RequestId, int> _pending = [];
    private readonly TaskCompletionSource _allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasEnded;

    /// <param name="input">What the client says.</param>
    /// <param name="output">What it is told.</param>
    /// <param name="time">Measures <see cref="Patience"/>.</param>
    /// <param name="longestLine">The longest line, in bytes.</param>
    public LineTransport(Stream input, Stream output, TimeProvider time, int longestLine = LongestLine)
        : base(HeadroomMcpServer.Name, loggerFactory: null)
    {
        (_input, _output, _time, _longestLine) = (input, output, time, longestLine);
        SetConnected();
        _ = Task.Run(ReadAsync);
    }

    /// <summary>Cancelled when the input has ended and the answers to it do not come.</summary>
    public CancellationToken GivesUp => _givingUp.Token;

    /// <inheritdoc/>
    public override async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        byte[] line;
        try
        {
            line = JsonSerializer.SerializeToUtf8Bytes(message, Message);
        }
        catch (Exception e) when (IsUnreadable(e) && message is JsonRpcMessageWithId answer)
        {
            // Untold: the caller is answered.
            line = Error(JsonSerializer.SerializeToUtf8Bytes(answer.Id, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(RequestId))), InternalError, "The answer could not be written.");
        }

        await WriteAsync(line, cancellationToken).ConfigureAwait(false);
        if (message is JsonRpcResponse or JsonRpcError)
        {
            Settle(((JsonRpcMessageWithId)message).Id);
        }
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _closing.Cancel();
        SetDisconnected();
        return default;
    }

    private static bool IsUnreadable(Exception e) => e is JsonException or InvalidOperationException or NotSupportedException or FormatException or ArgumentException;

    private static byte[] Error(ReadOnlySpan<byte> id, int code, string message) =>
        [.. "{\"jsonrpc\":\"2.0\",\"id\":"u8, .. id, .. Encoding.UTF8.GetBytes(FormattableString.Invariant($",\"error\":{{\"code\":{code},\"message\":\"{message}\"}}}}"))];

    private async Task ReadAsync()
    {
        try
        {
            await ReadLinesAsync().ConfigureAwait(false);
            lock (_gate)
            {
                _hasEnded = true;
                if (_pending.Count == 0)
                {
                    _allAnswered.TrySetResult();
                }
            }

            await _allAnswered.Task.WaitAsync(Patience, _time, _closing.Token).ConfigureAwait(false);
            SetDisconnected();
        }
        catch (TimeoutException)
        {
            _givingUp.Cancel();
            SetDisconnected();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            SetDisconnected();
        }
        catch (Exception e)
        {
            // Untold: the session ends with it.
            SetDisconnected(e);
        }
    }

    private async Task ReadLinesAsync()
    {
        var buffer = new byte[64 << 10];
        var (start, searched, count) = (0, 0, 0);
        var (isFirst, isTooLong, skipped) = (true, false, 0L);
        while (true)
        {
            // 1. Whole lines.
            while (buffer.AsSpan(searched, count - searched).IndexOf((byte)'\n') is var at and >= 0)
            {
                var line = buffer.AsMemory(start, searched + at - start);
                (start, searched) = (searched + at + 1, searched + at + 1);
                await TakeAsync(line).ConfigureAwait(false);
            }

            // 2. Room for the rest of the next.
            buffer.AsSpan(start, count - start).CopyTo(buffer);
            (start, count) = (0, count - start);
            searched = count;
            if (isTooLong || count > _longestLine)
            {
                if (!isTooLong)
                {
                    await WriteAsync(Error("null"u8, InvalidRequest, FormattableString.Invariant($"A message has at most {_longestLine} bytes.")), _closing.Token).ConfigureAwait(false);
                }

                skipped += count;
                if (skipped > LinesWithoutEnd * (long)_longestLine)
                {
                    return;
                }

                (isTooLong, searched, count) = (true, 0, 0);
            }
            else if (count == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(_longestLine + 1L, buffer.Length * 2L));
            }

            // 3. More. A console's stream cannot be interrupted, only left.
            var read = await _input.ReadAsync(buffer.AsMemory(count), _closing.Token).AsTask().WaitAsync(_closing.Token).ConfigureAwait(false);
            if (read == 0)
            {
                await TakeAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
                return;
            }

            count += read;
        }

        async Task TakeAsync(ReadOnlyMemory<byte> line)
        {
            if (isFirst && line.Span.StartsWith(Encoding.UTF8.Preamble))
            {
                line = line[Encoding.UTF8.Preamble.Length..];
            }

            isFirst = false;
            if (isTooLong)
            {
                // The end of what was refused already.
                (isTooLong, skipped) = (false, 0);
            }
            else if (!line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                await DispatchAsync(line).ConfigureAwait(false);
            }
        }
    }

    private async Task DispatchAsync(ReadOnlyMemory<byte> line)
    {
        JsonRpcMessage? message = null;
        try
        {
            message = JsonSerializer.Deserialize(line.Span, Message);
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            // Untold: answered below.
        }

        switch (message)
        {
            case null when AnswerTo(line.Span) is { } answer:
                await WriteAsync(answer, _closing.Token).ConfigureAwait(false);
                return;
            case null:
                return;
            case JsonRpcRequest request:
                lock (_gate)
                {
                    _pending[request.Id] = _pending.GetValueOrDefault(request.Id) + 1;
                }

                break;
            case JsonRpcNotification { Method: NotificationMethods.CancelledNotification } cancelled when CancelledId(cancelled) is { } id:
                // What was called off gets no answer.
                Settle(id);
                break;
            default:
                break;
        }

        await WriteMessageAsync(message, _closing.Token).ConfigureAwait(false);
    }

    private static RequestId? CancelledId(JsonRpcNotification cancelled)
    {
        try
        {
            return cancelled.Params is { } parameters
                && parameters.Deserialize((JsonTypeInfo<CancelledNotificationParams>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CancelledNotificationParams))) is { } read
                ? read.RequestId
                : null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            // Untold: what cannot be read has no id, and the caller is answered without one.
            return null;
        }
    }

    /// <summary>The answer to what is no message; null where an answer would be one to an answer, or to somebody who wants none.</summary>
    private static byte[]? AnswerTo(ReadOnlySpan<byte> line)
    {
        var id = "null"u8;
        var (isObject, hasId, hasMethod, isAnswer) = (false, false, false, false);
        try
        {
            var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = MaximumDepth });
            json.Read();
            isObject = json.TokenType == JsonTokenType.StartObject;
            while (json.Read())
            {
                if (json.CurrentDepth != 1 || json.TokenType != JsonTokenType.PropertyName)
                {
                    continue;
                }

                var (isId, isMethod) = (json.ValueTextEquals("id"u8), json.ValueTextEquals("method"u8));
                isAnswer |= json.ValueTextEquals("result"u8) || json.ValueTextEquals("error"u8);
                hasMethod |= isMethod;
                hasId |= isId;
                json.Read();
                if (isId && json.TokenType is JsonTokenType.String or JsonTokenType.Number
                    && line[(int)json.TokenStartIndex..(int)json.BytesConsumed] is var raw && Utf8.IsValid(raw))
                {
                    id = raw;
                }
                else
                {
                    json.Skip();
                }
            }
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            // Untold: the caller is answered.
            return Error(id, ParseError, "Parse error: a message is one JSON object in one line of UTF-8.");
        }

        return !isObject ? Error(id, InvalidRequest, "Invalid request: a message is one JSON object; there are no batches.")
            : hasMethod ? hasId ? Error(id, InvalidRequest, "Invalid request: it cannot be read; an id is a string or an integer of 64 bits.") : null
            : isAnswer ? null
            : Error(id, InvalidRequest, "Invalid request: it has no method.");
    }

    private void Settle(RequestId id)
    {
        lock (_gate)
        {
            if (_pending.TryGetValue(id, out var count))
            {
                if (count > 1)
                {
                    _pending[id] = count - 1;
                }
                else
                {
                    _pending.Remove(id);
                }
            }

            if (_hasEnded && _pending.Count == 0)
            {
                _allAnswered.TrySetResult();
            }
        }
    }

    private async Task WriteAsync(byte[] line, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _output.WriteAsync((byte[])[.. line, (byte)'\n'], cancellationToken).ConfigureAwait(false);
            await _output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _writing.Release();
        }
    }
}
