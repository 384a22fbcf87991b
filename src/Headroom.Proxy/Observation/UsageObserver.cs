using System.Buffers;
using System.Text.Json;
using Headroom.Proxy.Bodies;
using Headroom.Proxy.Routing;

namespace Headroom.Proxy.Observation;

/// <summary>
/// Reads a copy of a response for the provider's own token counts and for how a stream ended. Works in bounded memory;
/// what it cannot read it leaves unknown.
/// </summary>
internal sealed class UsageObserver
{
    private const int MaximumBufferedBytes = 8 << 20;
    private const int MaximumDecodedBytes = 64 << 20;

    // Nothing that is looked for here comes in longer events.
    private const int MaximumEventBytes = 1 << 20;

    private readonly Provider _provider;
    private readonly string _coding;
    private readonly ServerSentEvents? _events;
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private bool _isTooLong;
    private long? _input;
    private long? _cacheRead;
    private long? _cacheWrite;
    private long? _output;

    /// <param name="provider">Whose usage report to expect.</param>
    /// <param name="contentType">The response's content type.</param>
    /// <param name="coding">The response's content coding; empty for none.</param>
    public UsageObserver(Provider provider, string? contentType, string coding)
    {
        _provider = provider;
        _coding = coding.Equals("identity", StringComparison.OrdinalIgnoreCase) ? string.Empty : coding;
        IsStreaming = contentType?.StartsWith("text/event-stream", StringComparison.OrdinalIgnoreCase) == true;
        _events = IsStreaming ? new ServerSentEvents(MaximumEventBytes) : null;
    }

    /// <summary>True for a stream of server-sent events.</summary>
    public bool IsStreaming { get; }

    /// <summary>True when a stream has said that it is complete.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>True when a stream carried an error event.</summary>
    public bool HasError { get; private set; }

    /// <summary>True when the stream's events could be read, so that a missing end means something.</summary>
    public bool CouldRead { get; private set; }

    /// <summary>What was reported so far; null while nothing was.</summary>
    public Usage? Usage => (_input ?? _output) is null
        ? null
        : new Usage(
            _input is { } input && _provider == Provider.Anthropic ? input + (_cacheRead ?? 0) + (_cacheWrite ?? 0) : _input,
            _cacheRead,
            _cacheWrite,
            _output);

    /// <summary>Takes in what is being sent to the client.</summary>
    public void Push(ReadOnlySpan<byte> bytes)
    {
        if (_events is not null && _coding.Length == 0)
        {
            Push(_events, bytes);
        }
        else if (_buffer.WrittenCount + bytes.Length > MaximumBufferedBytes)
        {
            _isTooLong = true;
        }
        else
        {
            _buffer.Write(bytes);
        }
    }

    /// <summary>Reads what had to wait for the end. Not for the path between upstream and client.</summary>
    public void Complete(CancellationToken cancellationToken)
    {
        if (_isTooLong || _buffer.WrittenCount == 0)
        {
            return;
        }

        ReadOnlyMemory<byte> body = _buffer.WrittenMemory;
        if (_coding.Length > 0)
        {
            var (outcome, plain) = ContentCoding.Decode(body, _coding, MaximumDecodedBytes, cancellationToken);
            if (outcome != DecodeOutcome.Decoded)
            {
                return;
            }

            body = plain;
        }

        if (_events is not null)
        {
            Push(_events, body.Span);
        }
        else
        {
            Read(body);
        }
    }

    private void Push(ServerSentEvents events, ReadOnlySpan<byte> bytes)
    {
        events.Push(bytes);
        while (events.TryRead(out var read))
        {
            if (read.Data is { } data)
            {
                OnEvent(data);
            }
        }
    }

    private void OnEvent(ReadOnlyMemory<byte> data)
    {
        CouldRead = true;
        if (data.Span.SequenceEqual("[DONE]"u8))
        {
            HasEnded = true;
        }
        else if (data.Span.IndexOf("\"usage\""u8) >= 0
            || data.Span.IndexOf("\"message_stop\""u8) >= 0
            || data.Span.IndexOf("\"error\""u8) >= 0)
        {
            Read(data);
        }
    }

    private void Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return;
            }

            var type = root.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
            HasEnded |= type == "message_stop";
            HasError |= type == "error" || (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object);

            // Anthropic: message_start carries it inside the message, message_delta beside its delta, cumulative. Last one wins.
            if (root.TryGetProperty("usage", out var usage)
                || (root.TryGetProperty("message", out var message) && message.ValueKind == JsonValueKind.Object
                    && message.TryGetProperty("usage", out usage)))
            {
                ReadUsage(usage);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not what it looked like; the client's parser will say so where it matters.
        }
    }

    private void ReadUsage(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        if (_provider == Provider.Anthropic)
        {
            _input = Number(usage, "input_tokens") ?? _input;
            _output = Number(usage, "output_tokens") ?? _output;
            _cacheRead = Number(usage, "cache_read_input_tokens") ?? _cacheRead;
            _cacheWrite = Number(usage, "cache_creation_input_tokens") ?? _cacheWrite;
        }
        else
        {
            _input = Number(usage, "prompt_tokens") ?? _input;
            _output = Number(usage, "completion_tokens") ?? _output;
            if (usage.TryGetProperty("prompt_tokens_details", out var details) && details.ValueKind == JsonValueKind.Object)
            {
                _cacheRead = Number(details, "cached_tokens") ?? _cacheRead;
            }
        }
    }

    private static long? Number(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0
            ? number
            : null;
}
