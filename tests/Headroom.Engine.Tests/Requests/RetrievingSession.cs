using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;

namespace Headroom.Engine.Tests.Requests;

/// <summary>
/// A conversation of a client with a model that calls the retrieve tool now and then, and the loop between them, all at random. The client sees
/// the rounds of an answer as one message and sends this back as it came; or else, when it is not faithful, in another spelling of the same.
/// </summary>
internal sealed class RetrievingSession
{
    private static readonly string[] Pieces =
        ["a", "word ", "\"quoted\"", "\\", "\n", "é", "漢", "😀", "\u2028", "/", "<b>", "\t\u0001", "}]},{\"role\":\"user\"}"];

    private static readonly char[] WhiteSpace = [' ', '\t', '\r', '\n'];

    private readonly Random _random;
    private readonly JsonSerializerOptions _spelling;
    private readonly bool _isOpenAI;
    private readonly bool _isFaithful;
    private readonly bool _trims;
    private readonly JsonArray _messages = [];
    private int _ids;

    public RetrievingSession(IRetrievalFormat format, int seed, bool isFaithful = true)
    {
        Format = format;
        _isFaithful = isFaithful;
        _isOpenAI = format.Name == LocatedBlocks.OpenAI.Name;
        _random = new Random(seed);
        _trims = !isFaithful && _random.Next(2) == 0;
        _spelling = new JsonSerializerOptions
        {
            // Clients spell the same text in different ways.
            Encoder = _random.Next(2) == 0 ? JavaScriptEncoder.Default : JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = _random.Next(3) == 0,
        };
        if (_isOpenAI && _random.Next(2) == 0)
        {
            _messages.Add(new JsonObject { ["role"] = "system", ["content"] = Text() });
        }

        _messages.Add(new JsonObject { ["role"] = "user", ["content"] = "Begin " + Text() });
    }

    public IRetrievalFormat Format { get; }

    /// <summary>The number of hidden calls so far.</summary>
    public int HiddenCalls { get; private set; }

    /// <summary>All text that the client has of the model.</summary>
    public string AssistantText { get; private set; } = "";

    /// <summary>The body that the client sends now.</summary>
    public byte[] Body()
    {
        var body = new JsonObject
        {
            ["model"] = "m",
            ["tools"] = new JsonArray(_isOpenAI
                ? new JsonObject { ["type"] = "function", ["function"] = new JsonObject { ["name"] = "ls" } }
                : new JsonObject { ["name"] = "ls" }),
            ["messages"] = _messages.DeepClone(),
        };
        return Encoding.UTF8.GetBytes(body.ToJsonString(_spelling));
    }

    /// <summary>
    /// The model answers, in some rounds; the client takes its message and writes the next one. Returns the bodies with which the loop went
    /// on upstream.
    /// </summary>
    /// <param name="sent">What went upstream.</param>
    /// <param name="conversation">The conversation.</param>
    /// <param name="store">Takes the trace.</param>
    public async Task<List<byte[]>> AnswerAsync(byte[] sent, RetrieveConversation conversation, ICcrStore store)
    {
        var continuations = new List<byte[]>();
        var rounds = new List<RetrievalRound>();
        var visible = new List<JsonObject>();
        var hidden = _random.Next(4);
        var isOpen = hidden > 0 && _random.Next(3) == 0;
        for (var i = 0; i < hidden; i++)
        {
            var blocks = Blocks();
            visible.AddRange(blocks);
            var calls = Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => new RetrievalCall(Id(), Arguments(), Text())).ToArray();
            HiddenCalls += calls.Length;
            if (isOpen && i == hidden - 1)
            {
                visible.AddRange(ClientCalls(_random.Next(3)));
            }
            else
            {
                sent = Format.AppendTurn(sent, Encoding.UTF8.GetBytes(Turn(blocks, calls).ToJsonString()), calls);
                continuations.Add(sent);
            }

            rounds.Add(new RetrievalRound(Count(visible.Where(b => !IsCall(b))), TextOf(visible).Length, calls));
        }

        if (!isOpen)
        {
            visible.AddRange(Blocks());
            visible.AddRange(ClientCalls(_random.Next(3)));
        }

        if (visible.Count == 0)
        {
            visible.Add(TextBlock("."));
        }

        var clientCalls = visible.Where(IsCall).Select(b => (string)b["id"]!).ToArray();
        if (rounds.Count > 0)
        {
            await new RetrievalTrace(rounds, isOpen).SaveAsync(
                store, conversation, new VisibleAnswer(TextOf(visible), clientCalls, Count(visible)), TestContext.Current.CancellationToken);
        }

        TakeAnswer(visible, clientCalls);
        return continuations;
    }

    private void TakeAnswer(List<JsonObject> visible, string[] calls)
    {
        if (_trims)
        {
            visible = [.. visible.Where(b => !IsBlank(b)).Select(b => IsText(b) ? TextBlock(((string)b["text"]!).Trim(WhiteSpace)) : b)];
            visible = visible.Count == 0 && !_isOpenAI ? [TextBlock(".")] : visible;
        }

        var text = TextOf(visible);
        AssistantText += text;
        if (_isOpenAI)
        {
            var message = new JsonObject { ["role"] = "assistant", ["content"] = OpenAIContent(text) };
            if (calls.Length > 0)
            {
                message["tool_calls"] = new JsonArray([.. visible.Where(IsCall).Select(b => OpenAICall((string)b["id"]!, "ls", "{}"))]);
            }
            else if (!_isFaithful && _random.Next(2) == 0)
            {
                message["tool_calls"] = _random.Next(2) == 0 ? null : new JsonArray();
            }

            _messages.Add(Ordered(message));
            foreach (var id in calls)
            {
                _messages.Add(new JsonObject { ["role"] = "tool", ["tool_call_id"] = id, ["content"] = Result() });
            }
        }
        else
        {
            _messages.Add(Ordered(new JsonObject { ["role"] = "assistant", ["content"] = AnthropicContent(visible, text) }));
        }

        var say = calls.Length == 0 || _random.Next(2) == 0 ? "Go on " + Text() : null;
        if (_isOpenAI)
        {
            if (say is not null)
            {
                _messages.Add(new JsonObject { ["role"] = "user", ["content"] = say });
            }
        }
        else if (calls.Length == 0 && _random.Next(2) == 0)
        {
            _messages.Add(new JsonObject { ["role"] = "user", ["content"] = say });
        }
        else
        {
            var content = new JsonArray(
                [.. calls.Select(id => new JsonObject { ["type"] = "tool_result", ["tool_use_id"] = id, ["content"] = Result() })]);
            if (say is not null)
            {
                content.Add(TextBlock(say));
            }

            _messages.Add(new JsonObject { ["role"] = "user", ["content"] = content });
        }
    }

    private JsonNode? OpenAIContent(string text)
    {
        if (_isFaithful || text.Length == 0 || _random.Next(2) == 0)
        {
            return text.Length > 0 ? text : null;
        }

        var at = _random.Next(text.Length);
        at -= at > 0 && char.IsLowSurrogate(text[at]) ? 1 : 0;
        return new JsonArray(TextBlock(text[..at]), TextBlock(text[at..]));
    }

    private JsonNode AnthropicContent(List<JsonObject> visible, string text)
    {
        var blocks = visible.Select(b => b.DeepClone().AsObject()).ToList();
        if (!_isFaithful)
        {
            if (visible.All(IsText))
            {
                return text;
            }

            // Texts side by side become one.
            for (var i = blocks.Count - 1; i > 0; i--)
            {
                if (IsText(blocks[i]) && IsText(blocks[i - 1]) && _random.Next(2) == 0)
                {
                    blocks[i - 1]["text"] = (string?)blocks[i - 1]["text"] + (string?)blocks[i]["text"];
                    blocks.RemoveAt(i);
                }
            }
        }

        return new JsonArray([.. blocks]);
    }

    private JsonObject Ordered(JsonObject message) =>
        _isFaithful || _random.Next(2) == 0 ? message : new JsonObject(message.Reverse().Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone())));

    private JsonObject Turn(List<JsonObject> blocks, RetrievalCall[] calls)
    {
        if (_isOpenAI)
        {
            var text = TextOf(blocks);
            return new JsonObject
            {
                ["role"] = "assistant",
                ["content"] = text.Length > 0 ? text : null,
                ["tool_calls"] = new JsonArray([.. calls.Select(c => OpenAICall(c.Id, Marker.ToolName, c.Arguments))]),
            };
        }

        var uses = calls.Select(c => new JsonObject
        {
            ["type"] = "tool_use",
            ["id"] = c.Id,
            ["name"] = Marker.ToolName,
            ["input"] = c.Arguments.StartsWith('{') ? JsonNode.Parse(c.Arguments) : new JsonObject(),
        });
        return new JsonObject { ["role"] = "assistant", ["content"] = new JsonArray([.. blocks.Select(b => b.DeepClone()), .. uses]) };
    }

    private static JsonObject OpenAICall(string id, string name, string arguments) => new()
    {
        ["id"] = id,
        ["type"] = "function",
        ["function"] = new JsonObject { ["name"] = name, ["arguments"] = arguments },
    };

    // What a round shows: thinking, some text, all of it or nothing.
    private List<JsonObject> Blocks()
    {
        var blocks = new List<JsonObject>();
        if (!_isOpenAI && _random.Next(3) == 0)
        {
            blocks.Add(new JsonObject { ["type"] = "thinking", ["thinking"] = Text(), ["signature"] = Id() });
        }

        for (var i = _random.Next(_isOpenAI ? 2 : 3); i > 0; i--)
        {
            blocks.Add(TextBlock(Text()));
        }

        return blocks;
    }

    private IEnumerable<JsonObject> ClientCalls(int count) => Enumerable.Range(0, count).Select(_ => new JsonObject
    {
        ["type"] = "tool_use",
        ["id"] = Id(),
        ["name"] = "ls",
        ["input"] = new JsonObject(),
    });

    private string Arguments() => _random.Next(4) switch
    {
        0 => """{"hash":"0123456789abcdef01234567"}""",
        1 => """{ "hash": "é\u0041", "n": [1.0, {"a": null}] }""",
        2 => "{}",
        _ => "broken \" 😀",
    };

    private string Text() => string.Concat(Enumerable.Range(0, 1 + _random.Next(6)).Select(_ => Pieces[_random.Next(Pieces.Length)]));

    // Long enough to be shortened, now and then.
    private string Result() =>
        _random.Next(2) == 0 ? Text() : string.Concat(Enumerable.Range(0, 40).Select(row => $"{row} {Pieces[row % Pieces.Length]}\n")) + Text();

    private string Id() => $"id_{_ids++}";

    // A loop may leave blank texts out of its counts, when the client leaves them out.
    private int Count(IEnumerable<JsonObject> blocks) => _isOpenAI ? 0 : blocks.Count(b => !_trims || !IsBlank(b));

    private static bool IsText(JsonObject block) => (string?)block["type"] == "text";

    private static bool IsBlank(JsonObject block) => IsText(block) && ((string)block["text"]!).Trim(WhiteSpace).Length == 0;

    private static JsonObject TextBlock(string text) => new() { ["type"] = "text", ["text"] = text };

    private static bool IsCall(JsonObject block) => (string?)block["type"] == "tool_use";

    private static string TextOf(IEnumerable<JsonObject> blocks) => string.Concat(blocks.Select(b => (string?)b["text"]));
}
