using System.Buffers;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Retrieval;

namespace Headroom.Proxy.Retrieval;

/// <summary>A turn of an OpenAI model, put together from the deltas of its stream or from its message.</summary>
internal sealed class OpenAITurn
{
    private readonly SortedDictionary<int, OpenAICall> _calls = [];
    private readonly JsonText _content = new();
    private readonly AccumulatedJson _other = new();
    private int _bytes;
    private bool _isUnknown;

    /// <summary>Why the model stopped; null while it has not.</summary>
    public string? FinishReason { get; set; }

    /// <summary>True when the retrieve tool is called.</summary>
    public bool HasRetrieval { get; private set; }

    /// <summary>Members of the message that have no meaning here: reasoning, refusals, what the future brings.</summary>
    public AccumulatedJson Other => _other;

    /// <summary>The calls by their numbers.</summary>
    public IReadOnlyDictionary<int, OpenAICall> Calls => _calls;

    private bool IsTooLarge => _bytes > AnswerSplicer.MaximumTurnBytes;

    /// <summary>Says that something came which is not understood, so that the turn cannot be sent back.</summary>
    public void AddUnknown() => _isUnknown = true;

    /// <summary>Adds a piece of text.</summary>
    public void AddContent(ReadOnlySpan<byte> escaped)
    {
        if (Fits(escaped.Length))
        {
            _content.Append(escaped);
        }
    }

    /// <summary>Adds a member that has no meaning here.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="json">Stands on its value and is then at its end.</param>
    /// <param name="source">What is read.</param>
    public void AddOther(string name, ref Utf8JsonReader json, ReadOnlySpan<byte> source)
    {
        if (Fits(name.Length))
        {
            var start = json.BytesConsumed;
            _other.Member(name).Add(name, ref json, source);
            Fits((int)(json.BytesConsumed - start));
        }
        else
        {
            json.Skip();
        }
    }

    /// <summary>Adds an element of the list of calls.</summary>
    /// <param name="delta">What was read of it.</param>
    /// <param name="position">Its place in the list, which is its number where it has none.</param>
    /// <param name="element">The element.</param>
    public OpenAICall AddCall(OpenAICallDelta delta, int position, ReadOnlySpan<byte> element)
    {
        var index = delta.Index ?? position;
        if (!_calls.TryGetValue(index, out var call))
        {
            _calls[index] = call = new OpenAICall();
        }

        call.Id = string.IsNullOrEmpty(delta.Id) ? call.Id : delta.Id;
        call.Name = string.IsNullOrEmpty(delta.Name) ? call.Name : delta.Name;
        HasRetrieval |= call.IsRetrieval;
        if (Fits(element.Length))
        {
            call.Arguments.Append(element[delta.Arguments]);
        }

        return call;
    }

    /// <summary>What the turn means for the loop.</summary>
    public ModelTurn ToModelTurn()
    {
        RetrieveCall[] calls = [.. _calls.Values.Where(c => c.IsRetrieval).Select(c => new RetrieveCall(c.Id, c.Arguments.ToString()))];
        var hasClientCalls = _calls.Values.Any(c => !c.IsRetrieval);

        // A turn that a client's tool_choice asked for ends with "stop".
        var awaitsResults = FinishReason is "tool_calls" or "stop" or "function_call";
        var isReturnable = calls.Length > 0 && !hasClientCalls && !_isUnknown && !IsTooLarge && Array.TrueForAll(calls, c => c.Id.Length > 0);
        return new ModelTurn(calls, hasClientCalls, awaitsResults, isReturnable ? Message(calls) : null);
    }

    private bool Fits(int bytes)
    {
        _bytes += IsTooLarge ? 0 : bytes;
        return !IsTooLarge;
    }

    // The calls are written as they will be put back into the client's history, so that the provider meets the same ones both times.
    private byte[] Message(RetrieveCall[] calls)
    {
        var output = new ArrayBufferWriter<byte>();
        output.Write("{\"role\":\"assistant\",\"content\":"u8);
        if (_content.Length > 0)
        {
            _content.WriteTo(output);
        }
        else
        {
            output.Write("null"u8);
        }

        foreach (var (name, value) in _other.Members)
        {
            if (!value.IsNothing)
            {
                output.Write(","u8);
                output.Write(JsonSerializer.SerializeToUtf8Bytes(name, LoopJson.Default.String));
                output.Write(":"u8);
                value.WriteTo(output);
            }
        }

        var separator = ",\"tool_calls\":["u8;
        foreach (var call in calls)
        {
            output.Write(separator);
            separator = ","u8;
            output.Write(Encoding.UTF8.GetBytes(
                $$$"""{"id":{{{Quoted(call.Id)}}},"type":"function","function":{"name":"{{{RetrieveTool.Name}}}","arguments":{{{Quoted(call.Arguments)}}}}}"""));
        }

        output.Write("]}"u8);
        return output.WrittenSpan.ToArray();

        static string Quoted(string text) => JsonSerializer.Serialize(text, LoopJson.Default.String);
    }
}
