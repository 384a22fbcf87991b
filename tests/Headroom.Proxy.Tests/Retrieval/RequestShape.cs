using System.Text.Json.Nodes;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>What a provider demands of the messages of a request.</summary>
internal static class RequestShape
{
    public static JsonArray Messages(byte[] body) => JsonNode.Parse(body)!["messages"]!.AsArray();

    /// <summary>Asserts that each call is answered at once, by its id, in the order of the calls, and that nothing is answered that was not called.</summary>
    public static void AssertPaired(string path, byte[] body)
    {
        var open = new List<string>();
        string? role = null;
        foreach (var message in Messages(body))
        {
            var content = message!["content"] as JsonArray ?? [];
            var answered = path == "/v1/messages"
                ? content.Where(b => b!["type"]!.GetValue<string>() == "tool_result").Select(b => b!["tool_use_id"]!.GetValue<string>()).ToArray()
                : message["tool_call_id"] is { } id ? [id.GetValue<string>()] : [];
            var called = path == "/v1/messages"
                ? content.Where(b => b!["type"]!.GetValue<string>() == "tool_use").Select(b => b!["id"]!.GetValue<string>()).ToArray()
                : (message["tool_calls"]?.AsArray() ?? []).Select(c => c!["id"]!.GetValue<string>()).ToArray();
            Assert.All(answered, a => Assert.True(open.Remove(a), $"{a} is answered and was not called"));
            Assert.True(path != "/v1/messages" || answered.Length == 0 || open.Count == 0, "some calls were not answered in the next message");
            Assert.True(answered.Length > 0 || open.Count == 0, $"not answered: {string.Join(", ", open)}");
            if (path == "/v1/messages")
            {
                Assert.NotEqual(role, role = message["role"]!.GetValue<string>());
                Assert.All(content.Where(b => b!["type"]!.GetValue<string>() == "text"), b => Assert.NotEqual("", b!["text"]!.GetValue<string>().Trim()));
                Assert.True(message["content"] is JsonValue || content.Count > 0);
            }

            open.AddRange(called);
        }

        Assert.Empty(open);
    }

    /// <summary>Asserts that a request's messages begin with those of another, by their meaning.</summary>
    public static void AssertPrefix(byte[] before, byte[] now)
    {
        var (first, second) = (Messages(before), Messages(now));
        Assert.True(second.Count >= first.Count);
        for (var i = 0; i < first.Count; i++)
        {
            Assert.True(JsonNode.DeepEquals(first[i], second[i]), $"message {i}:\n{first[i]!.ToJsonString()}\n{second[i]!.ToJsonString()}");
        }
    }
}
