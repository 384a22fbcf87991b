using System.Text.Json;
using System.Text.Json.Nodes;

namespace Headroom.Proxy.Retrieval;

/// <summary>What the provider reported of the turns of one answer, added up: members that count tokens or requests, at any depth.</summary>
internal sealed class UsageSum
{
    private JsonObject? _before;
    private JsonObject? _turn;

    /// <summary>True when a turn before this one was reported.</summary>
    public bool HasBefore => _before is not null;

    /// <summary>The current turn's input tokens, those of the provider's cache included; null when they were not reported.</summary>
    public long? Input => Count(_turn, "prompt_tokens")
        ?? (Count(_turn, "input_tokens") is { } input
            ? input + (Count(_turn, "cache_read_input_tokens") ?? 0) + (Count(_turn, "cache_creation_input_tokens") ?? 0)
            : null);

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

    /// <summary>A report with the counts of all turns in place of its own. Its other members stay, and counts that it does not have are added.</summary>
    /// <param name="usage">The last report, which was taken in; a JSON object.</param>
    public byte[] Total(ReadOnlySpan<byte> usage)
    {
        var total = Sum(_before, _turn ?? []);
        var own = Read(usage) ?? [];
        foreach (var (name, value) in total.ToArray())
        {
            if (!own.ContainsKey(name) && !IsCount(name, value))
            {
                total.Remove(name);
            }
        }

        foreach (var (name, value) in own)
        {
            if (!total.ContainsKey(name))
            {
                total[name] = value?.DeepClone();
            }
        }

        return JsonSerializer.SerializeToUtf8Bytes(total, LoopJson.Default.JsonObject);
    }

    private static JsonObject? Read(ReadOnlySpan<byte> usage)
    {
        try
        {
            return JsonNode.Parse(usage) as JsonObject;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
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
                    sum[name] = then.GetValue<long>() + (IsCount(name, own) ? own!.GetValue<long>() : 0);
                    break;
                default:
                    break;
            }
        }

        return sum;
    }

    private static bool IsCount(string name, JsonNode? value) =>
        (name.EndsWith("_tokens", StringComparison.Ordinal) || name.EndsWith("_requests", StringComparison.Ordinal))
        && value is JsonValue number && number.TryGetValue(out long _);

    private static long? Count(JsonObject? usage, string name) => usage?[name] is { } value && IsCount(name, value) ? value.GetValue<long>() : null;
}
