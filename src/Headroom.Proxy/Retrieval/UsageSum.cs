using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Headroom.Proxy.Observation;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// What the provider reported of the turns of one answer. The client is told what its context holds, which is the last turn's input, and what the
/// model has written in all of them; the proxy's own accounts are told everything.
/// </summary>
internal sealed class UsageSum
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private JsonObject? _before;
    private JsonObject? _turn;

    /// <summary>True when a turn before this one was reported.</summary>
    public bool HasBefore => _before is not null;

    /// <summary>The current turn's input tokens, those of the provider's cache included; null when they were not reported.</summary>
    public long? Input => InputOf(_turn);

    /// <summary>What is reported from now on belongs to the next turn.</summary>
    public void BeginTurn()
    {
        _before = _turn is null ? _before : Sum(_before, _turn);
        _turn = null;
    }

    /// <summary>Takes in a report. Reports within a turn are cumulative: each of its members replaces an earlier one.</summary>
    /// <param name="usage">A JSON object; anything else says nothing.</param>
    public void Report(ReadOnlySpan<byte> usage)
    {
        if (Read(usage) is { } read)
        {
            _turn ??= [];
            foreach (var (name, value) in read)
            {
                if (value is not null)
                {
                    _turn[name] = value.DeepClone();
                }
            }
        }
    }

    /// <summary>All turns together; null when nothing was reported.</summary>
    public Usage? All
    {
        get
        {
            var all = _turn is null ? _before : Sum(_before, _turn);
            return all is null
                ? null
                : new Usage(
                    InputOf(all),
                    Count(all, "cache_read_input_tokens") ?? Count(all["prompt_tokens_details"] as JsonObject, "cached_tokens"),
                    Count(all, "cache_creation_input_tokens"),
                    Count(all, "output_tokens") ?? Count(all, "completion_tokens"));
        }
    }

    /// <summary>
    /// What the client gets in place of a report: the turn's own figures, and what was written in the turns before it added to those that it writes.
    /// Counts that the report leaves out are added, because the client may have been told an earlier turn's: clients take the last that they see.
    /// </summary>
    /// <param name="usage">The last report, which was taken in; a JSON object.</param>
    public byte[] ForClient(ReadOnlySpan<byte> usage)
    {
        var told = Read(usage) ?? [];
        foreach (var (name, value) in _turn ?? [])
        {
            if (told[name] is null && IsCount(name, value))
            {
                told[name] = value!.DeepClone();
            }
        }

        foreach (var (name, value) in _before ?? [])
        {
            if (IsWritten(name))
            {
                told[name] = value is JsonObject then ? Sum(then, told[name] as JsonObject ?? []) : Added(name, value, told[name]);
            }
            else if (name == "total_tokens" && IsCount(name, told[name]))
            {
                told[name] = told[name]!.GetValue<long>() + (Count(_before, "completion_tokens") ?? Count(_before, "output_tokens") ?? 0);
            }
            else if (told[name] is null && IsCount(name, value) && Input is not null)
            {
                told[name] = 0;
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(told, LoopJson.Default.JsonObject);
    }

    private static JsonObject? Read(ReadOnlySpan<byte> usage)
    {
        try
        {
            // Names that come twice and texts that are none show up late: when members are asked for, or written.
            var read = Utf8.IsValid(usage) ? JsonNode.Parse(usage, documentOptions: Strict) as JsonObject : null;
            _ = read is null ? null : JsonSerializer.SerializeToUtf8Bytes(read, LoopJson.Default.JsonObject);
            return read;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonObject Sum(JsonObject? before, JsonObject now)
    {
        var sum = (JsonObject)now.DeepClone();
        foreach (var (name, value) in before ?? [])
        {
            switch (value, sum[name])
            {
                case (JsonObject then, JsonObject own):
                    sum[name] = Sum(then, own);
                    break;
                case (JsonObject then, null):
                    sum[name] = then.DeepClone();
                    break;
                case ({ } then, var own) when IsCount(name, then):
                    sum[name] = Added(name, then, own);
                    break;
                default:
                    break;
            }
        }

        return sum;
    }

    private static JsonNode? Added(string name, JsonNode? then, JsonNode? own) =>
        IsCount(name, then) ? then!.GetValue<long>() + (IsCount(name, own) ? own!.GetValue<long>() : 0) : own?.DeepClone();

    // What the model wrote or did, as against what it read.
    private static bool IsWritten(string name) =>
        name.StartsWith("output_", StringComparison.Ordinal)
        || name.StartsWith("completion_", StringComparison.Ordinal)
        || name.StartsWith("reasoning_", StringComparison.Ordinal)
        || name.EndsWith("_requests", StringComparison.Ordinal)
        || name == "server_tool_use";

    private static long? InputOf(JsonObject? usage) => Count(usage, "prompt_tokens")
        ?? (Count(usage, "input_tokens") is { } input
            ? input + (Count(usage, "cache_read_input_tokens") ?? 0) + (Count(usage, "cache_creation_input_tokens") ?? 0)
            : null);

    private static bool IsCount(string name, JsonNode? value) =>
        (name.EndsWith("_tokens", StringComparison.Ordinal) || name.EndsWith("_requests", StringComparison.Ordinal))
        && value is JsonValue number && number.TryGetValue(out long _);

    private static long? Count(JsonObject? usage, string name) => usage?[name] is { } value && IsCount(name, value) ? value.GetValue<long>() : null;
}
