using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Proxy.Tests.Retrieval;
using Headroom.TestData;

namespace Headroom.Proxy.Tests.Conversations;

/// <summary>
/// A client at work, with the habits that real ones have: it opens with the words of others, resumes in another spelling, moves cache marks, asks again, compacts,
/// trims, edits, goes past the proxy for a while, or comes to it late. Each request is held against the same session without a proxy.
/// </summary>
internal sealed class SimulatedSession
{
    private const double Cached = 0.1;
    private const double Written = 1.25;

    private static readonly string[] Openings = ["Fix the tests.", "hi", "Look into it."];

    private static readonly string[] Shared = [.. Enumerable.Range(0, 3).Select(i => DatabaseRows.Generate(120, DatabaseTable.Mixed, (ulong)i).Json(JsonLayout.Spaced))];

    private readonly SeededRandom _random;
    private readonly Wire _wire;
    private readonly string? _header;
    private readonly string? _nameInBody;
    private readonly int _turns;
    private readonly int _firstTurn;
    private readonly bool _movesMarks;
    private readonly List<JsonObject> _messages = [];

    // What the provider's cache holds of it, and what it would hold without a proxy.
    private readonly List<IReadOnlyList<string>> _sent = [];
    private readonly List<IReadOnlyList<string>> _direct = [];
    private readonly List<(byte[] Body, byte[] Sent)> _log = [];

    // The calls that a proxy has seen with their results.
    private readonly HashSet<string> _known = [];
    private bool _isRelaxed;
    private bool _isListed;
    private bool _isFirst = true;
    private bool _wasPast;
    private bool? _hasTool;
    private int _turn;
    private int _ids;

    public SimulatedSession(int seed)
    {
        _random = new SeededRandom((ulong)seed);
        _wire = new Wire(seed % 2 == 0 ? "/v1/messages" : "/v1/chat/completions");
        Word = $"w{seed}x{_random.Hex(6)}";
        _turns = _random.Next(6, 11);
        _movesMarks = _wire.IsAnthropic && _random.Chance(0.6);
        _isRelaxed = _random.Chance(0.5);

        // Every third comes late, every third names itself: in a header, in the body, or in both.
        _firstTurn = seed % 3 == 0 ? _random.Next(2, 4) : 0;
        var name = _random.Chance(0.34) ? _random.Uuid() : null;
        _header = _random.Chance(0.6) ? name : null;
        _nameInBody = _header is null || _random.Chance(0.5) ? name : null;

        if (!_wire.IsAnthropic)
        {
            _messages.Add(new JsonObject { ["role"] = "system", ["content"] = "Work." });
        }

        if (_random.Chance(0.3))
        {
            // Canned answers at the beginning are no history.
            _messages.AddRange(Wire.User("example"), _wire.Answer([new Say("Got it. Thanks for the context!")]));
        }

        _messages.Add(Wire.User(_random.Pick(Openings)));
    }

    /// <summary>Stands in all that is this session's own.</summary>
    public string Word { get; }

    public bool IsDone => _turn == _turns;

    /// <summary>How many requests went through a proxy, and how many calls were hidden from the client.</summary>
    public (int Requests, int Hidden) Counts { get; private set; }

    /// <summary>One request and its answer.</summary>
    /// <param name="route">The way.</param>
    /// <param name="foreign">Words of other sessions.</param>
    public async Task StepAsync(IRoute route, IReadOnlyList<string> foreign)
    {
        var isLate = _turn < _firstTurn;
        var before = _messages.ToArray();
        if (_turn > _firstTurn && !_wasPast && !_isFirst)
        {
            Change();
        }

        var body = Body();
        JsonObject answer;
        if (isLate || (!_isFirst && _random.Chance(0.08) && IsKnown(_messages) && _messages.SequenceEqual(before)))
        {
            answer = _wire.Answer(Says().Visible);
            if (isLate)
            {
                _sent.Add(_wire.Units(body));
                _direct.Add(_wire.Units(body));
            }

            _wasPast = !isLate;
        }
        else
        {
            var first = await ExchangeAsync(route, body, foreign);
            var last = first;
            if (_random.Chance(0.15))
            {
                last = await ExchangeAsync(route, body, foreign);
                Assert.Equal(first.Sent[0], last.Sent[0]);
            }

            answer = last.Answer;
            _wasPast = false;
        }

        _turn++;
        Take(answer);
    }

    /// <summary>All that was kept of it is gone.</summary>
    public void LoseData()
    {
        _sent.Clear();
        _direct.Clear();
        _log.Clear();
        _known.Clear();
        _isFirst = true;
        _hasTool = null;
    }

    /// <summary>Sends the whole session again: to the byte what was sent before.</summary>
    public async Task ReplayAsync(IRoute route)
    {
        foreach (var (body, sent) in _log)
        {
            var again = await route.SendAsync(_wire, 0, body, _header, new ScriptedTurn([new Say("Done.")], [], IsOpen: false));
            Assert.Equal(Encoding.UTF8.GetString(sent), Encoding.UTF8.GetString(again.Sent[0]));
        }
    }

    private async Task<Exchanged> ExchangeAsync(IRoute route, byte[] body, IReadOnlyList<string> foreign)
    {
        var exchanged = await route.SendAsync(_wire, _random.Next(2), body, _header, Says());
        Counts = (Counts.Requests + 1, Counts.Hidden + exchanged.Sent.Count - 1);
        _log.Add((body, exchanged.Sent[0]));

        // 1. Nothing of anybody else, and for the client nothing that it did not ask for.
        foreach (var sent in exchanged.Sent.Select(Encoding.UTF8.GetString))
        {
            Assert.All(foreign, word => Assert.DoesNotContain(word, sent, StringComparison.Ordinal));
        }

        var shown = exchanged.Answer.ToJsonString();
        Assert.DoesNotContain("headroom_retrieve", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(Wire.Hidden, shown, StringComparison.Ordinal);

        // 2. The provider's cache holds as many of the client's messages as it would without a proxy, and the tool is there or not, as it was. Nothing joins a
        //    history of nothing but new words to what was before.
        var (now, direct) = (_wire.Units(exchanged.Sent[0]), _wire.Units(body));
        Assert.Equal(direct.Count, now.Count);
        var (common, commonDirect) = (Common(_sent, now), Common(_direct, direct));
        var hasTool = now[0].Contains("\"headroom_retrieve\"", StringComparison.Ordinal);
        var hasCalls = _messages.Any(m => Wire.CallIds(m).Any());
        if (hasCalls || _header is not null || _nameInBody is not null || commonDirect > (_wire.IsAnthropic ? 1 : 2))
        {
            Assert.True(_hasTool is not { } had || had == hasTool, $"{this}: the tool {(hasTool ? "came" : "went")} on the way:\n{Story()}");
            Assert.True(common >= commonDirect, $"{this}: {common} of {now.Count} units are in the cache, directly {commonDirect}:\n{Difference(now, common)}");
        }

        _hasTool = hasTool;
        _known.UnionWith(_messages.SkipLast(1).SelectMany(Wire.CallIds));

        // 3. History that the proxy did not send stays as it is, and what it adds costs nothing more.
        if (_isFirst)
        {
            var end = _messages.FindLastIndex(m => (string?)m["role"] == "assistant") + 1;
            Assert.Equal(direct.Take(1..(end + 1)), now.Take(1..(end + 1)));
            Assert.Equal(!hasCalls, hasTool);
        }

        if (_firstTurn > 0 && !hasTool)
        {
            var (cost, costDirect) = (Cost(now, common), Cost(direct, commonDirect));
            Assert.True(cost <= costDirect, $"{this}: {cost} instead of {costDirect}");
        }

        _isFirst = false;
        _sent.AddRange(exchanged.Sent.Select(_wire.Units));
        _direct.Add(direct);
        return exchanged;
    }

    public override string ToString() => $"session {Word} of {_wire.Path}, turn {_turn} of {_turns} from {_firstTurn}";

    // The requests through the proxy, message by message.
    private string Story() => string.Join('\n', _log.Select(l => string.Join(" | ", _wire.Units(l.Body).Skip(1).Select(u => u[..Math.Min(u.Length, 150)]))));

    private static int Common(List<IReadOnlyList<string>> earlier, IReadOnlyList<string> now) =>
        earlier.Select(e => e.Zip(now).TakeWhile(p => p.First == p.Second).Count()).DefaultIfEmpty().Max();

    private static double Cost(IReadOnlyList<string> units, int common) =>
        (Cached * units.Take(common).Sum(u => u.Length)) + (Written * units.Skip(common).Sum(u => u.Length));

    private string Difference(IReadOnlyList<string> now, int common)
    {
        var before = _sent.Count > 0 ? _sent.MaxBy(e => e.Zip(now).TakeWhile(p => p.First == p.Second).Count())! : [];
        return $"was {before.ElementAtOrDefault(common)}\nis  {now.ElementAtOrDefault(common)}";
    }

    private ScriptedTurn Says()
    {
        // What came late has a call in the part that was not seen.
        var calls = Enumerable.Range(0, _turn < _firstTurn && _turn == 0 ? 1 : _random.Next(3))
            .Select(i => (Part)new Call($"call_{Word}_{_ids++}", $$"""{"q":"{{Word}} {{i}}"}""", "search")).ToArray();
        Part[] said = _random.Next(4) switch
        {
            0 when calls.Length > 0 => [],
            1 => [new Say($"I looked {Word} up. ")],
            _ => [new Say("Done.")],
        };
        if (_wire.IsAnthropic && _random.Chance(0.2))
        {
            said = [new Think("so"), .. said];
        }

        var hidden = Enumerable.Range(0, _random.Chance(0.5) ? _random.Next(1, 3) : 0).Select(_ => $"{Wire.Hidden}{Word}_{_ids++}").ToArray();
        return new ScriptedTurn([.. said, .. calls], hidden, IsOpen: calls.Length > 0 && _random.Chance(0.4));
    }

    private void Take(JsonObject answer)
    {
        _messages.Add(answer);
        var calls = Wire.CallIds(answer).ToArray();
        if (calls.Length > 0)
        {
            _messages.AddRange(_wire.Results(calls.Select(id => (id, Result()))));
        }
        else
        {
            _messages.Add(Wire.User($"Go on, {Word} {_turn}."));
        }
    }

    private string Result()
    {
        if (_random.Chance(0.2))
        {
            return $"nothing for {Word}";
        }

        // What many read is in many sessions.
        if (_random.Chance(0.3))
        {
            return Shared[_random.Next(Shared.Length)];
        }

        var rows = Enumerable.Range(0, _random.Next(120, 180)).Select(i => string.Create(
            CultureInfo.InvariantCulture, $$"""{"id": {{i}}, "owner": "{{Word}}-{{_random.Hex(4)}}", "state": "{{(i == 17 ? "failed" : "ok")}}", "size": {{_random.Next(100_000)}}}"""));
        return $"[{string.Join(", ", rows)}]";
    }

    // What clients do to their history between two turns. Something of it was sent before, or all of it is new.
    private void Change()
    {
        var before = _messages.ToArray();
        switch (_random.Next(14))
        {
            case 0:
                (_isListed, _isRelaxed) = (!_isListed, !_isRelaxed);
                break;
            case 1:
                Compact(Tail(_random.Next(1, 3)));
                break;
            case 2:
                Compact(_messages.Count);
                break;
            case 3:
                Trim(Tail(_random.Next(2, 4)));
                break;
            case 4:
                Edit();
                break;
            default:
                break;
        }

        if (_messages.SelectMany(Wire.CallIds).Any() && !IsKnown(_messages))
        {
            _messages.Clear();
            _messages.AddRange(before);
        }
    }

    private bool IsKnown(IEnumerable<JsonObject> messages) => messages.SelectMany(Wire.CallIds).Any(_known.Contains);

    // From an exchange with calls on.
    private int Tail(int exchanges)
    {
        var at = _messages.Count;
        for (; exchanges > 0 && at > 0; exchanges--)
        {
            at = _messages.FindLastIndex(at - 1, m => Wire.CallIds(m).Any());
        }

        return at;
    }

    private void Compact(int tail)
    {
        if (tail > 1)
        {
            var kept = _messages[tail..];
            _messages.RemoveAll(m => (string?)m["role"] != "system");
            _messages.AddRange([Wire.User($"What {Word} did so far {_turn}: all."), .. kept]);
        }
    }

    private void Trim(int tail)
    {
        if (tail > 2)
        {
            var first = _wire.IsAnthropic ? 0 : 1;
            _messages.RemoveRange(first, tail - first);
            if (_wire.IsAnthropic)
            {
                _messages.Insert(0, Wire.User("Earlier messages were removed."));
            }
        }
    }

    // In its place, or to go on from there; what came late does not go back before what the proxy saw.
    private void Edit()
    {
        var users = Enumerable.Range(0, _messages.Count).Where(i => (string?)_messages[i]["role"] == "user" && _messages[i]["content"] is JsonValue).ToArray();
        if (users.Length > 0)
        {
            var at = _random.Pick(users);
            _messages[at] = Wire.User($"Rather this, {Word} {_turn}.");
            if (_firstTurn == 0 && _random.Chance(0.5))
            {
                _messages.RemoveRange(at + 1, _messages.Count - at - 1);
            }
        }
    }

    private byte[] Body()
    {
        var messages = new JsonArray([.. _messages.Select(m => m.DeepClone())]);
        if (_isListed)
        {
            foreach (var message in messages.Select(m => m!.AsObject()).Where(m => (string?)m["role"] != "system"))
            {
                List(message);
            }
        }

        var tools = new JsonArray(_wire.Tool("search"), _wire.Tool("run"));
        if (_movesMarks)
        {
            // On the newest message, as a list where it was a string.
            var last = messages[^1]!.AsObject();
            List(last);
            last["content"]!.AsArray()[^1]!["cache_control"] = new JsonObject { ["type"] = "ephemeral" };
        }

        var body = new JsonObject { ["model"] = "m", ["stream"] = false, ["tools"] = tools };
        if (_wire.IsAnthropic)
        {
            body["max_tokens"] = 64;
            body["system"] = "Work.";
        }

        if (_nameInBody is not null)
        {
            if (_wire.IsAnthropic)
            {
                body["metadata"] = new JsonObject { ["user_id"] = $$"""{"device_id":"d","session_id":"{{_nameInBody}}"}""" };
            }
            else
            {
                body["prompt_cache_key"] = _nameInBody;
            }
        }

        body["messages"] = messages;
        return Encoding.UTF8.GetBytes(body.ToJsonString(new JsonSerializerOptions { Encoder = _isRelaxed ? JavaScriptEncoder.UnsafeRelaxedJsonEscaping : JavaScriptEncoder.Default }));
    }

    private static void List(JsonObject message)
    {
        if (message["content"] is JsonValue text)
        {
            message["content"] = new JsonArray(Wire.Text((string)text!));
        }

        foreach (var part in (message["content"] as JsonArray ?? []).Select(p => p!.AsObject()).Where(p => p["content"] is JsonValue))
        {
            part["content"] = new JsonArray(Wire.Text((string)part["content"]!));
        }
    }
}
