using System.Buffers;

namespace Headroom.Proxy.Retrieval;

/// <summary>A turn of an Anthropic model, put together from the events of its stream or from the blocks of its message.</summary>
internal sealed class AnthropicTurn
{
    private readonly Dictionary<int, AnthropicBlock> _blocks = [];
    private readonly List<AnthropicBlock> _order = [];
    private int _bytes;
    private bool _isUnknown;

    /// <summary>Why the model stopped.</summary>
    public string? StopReason { get; set; }

    /// <summary>True when the retrieve tool is called.</summary>
    public bool HasRetrieval { get; private set; }

    /// <summary>True when the turn has become too large to be kept; nothing more is taken in.</summary>
    public bool IsTooLarge => _bytes > AnswerSplicer.MaximumTurnBytes;

    /// <summary>The number of blocks.</summary>
    public int Count => _order.Count;

    /// <summary>Says that something came which is not understood, so that the turn cannot be sent back.</summary>
    public void AddUnknown() => _isUnknown = true;

    /// <summary>Begins a block.</summary>
    /// <param name="index">Its number in the turn.</param>
    /// <param name="start">Its object.</param>
    /// <exception cref="System.Text.Json.JsonException">It is not an object.</exception>
    public AnthropicBlock Begin(int index, ReadOnlySpan<byte> start)
    {
        var block = new AnthropicBlock(start);
        HasRetrieval |= block.IsRetrieval;
        if (Fits(start) || block.IsRetrieval)
        {
            // A number that comes twice would leave a block behind that no delta reaches.
            _isUnknown |= !_blocks.TryAdd(index, block);
            _order.Add(block);
        }

        return block;
    }

    /// <summary>Adds a delta to a block.</summary>
    /// <returns>What it added to a text, as JSON spells it.</returns>
    /// <exception cref="System.Text.Json.JsonException">It is not an object.</exception>
    public ReadOnlySpan<byte> Add(int index, ReadOnlySpan<byte> delta)
    {
        if (!Fits(delta))
        {
            return [];
        }

        if (!_blocks.TryGetValue(index, out var block))
        {
            _isUnknown = true;
            return [];
        }

        var before = block.Text.Escaped.Length;
        _isUnknown |= !block.Add(delta);
        return block.Text.Escaped[before..];
    }

    /// <summary>What the turn means for the loop.</summary>
    public ModelTurn ToModelTurn()
    {
        RetrieveCall[] calls = [.. _order.Where(b => b.IsRetrieval).Select(b => new RetrieveCall(b.Id ?? string.Empty, b.Arguments))];
        var hasClientCalls = _order.Any(b => b.IsClientCall);
        return new ModelTurn(
            calls, hasClientCalls, StopReason == "tool_use", calls.Length == 0 || hasClientCalls || _isUnknown || IsTooLarge ? null : Message());
    }

    private bool Fits(ReadOnlySpan<byte> bytes)
    {
        _bytes += IsTooLarge ? 0 : bytes.Length;
        return !IsTooLarge;
    }

    private byte[] Message()
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("{\"role\":\"assistant\",\"content\":"u8);
        var separator = "["u8;
        foreach (var block in _order)
        {
            // The provider sends blank text and does not take it back.
            if (block.Type != "text" || !block.Text.IsBlank)
            {
                output.Write(separator);
                separator = ","u8;
                block.WriteTo(output);
            }
        }

        output.Write("]}"u8);
        return output.WrittenSpan.ToArray();
    }
}
