using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Mcp.Clients;
using Tomlyn;
using Tomlyn.Model;

namespace Headroom.Mcp.Tests.Clients;

public sealed class ServerTableTests
{
    private static readonly ServerCommand Command = new("/opt/a b/head\"room", ["mcp", "--data-dir", "C:\\x\\y", "\u00e9"]);
    private static readonly JsonDocumentOptions Lenient = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    [Property(MaxTest = 1500)]
    public void An_entry_is_added_to_any_json_and_nothing_else_changes(uint seed)
    {
        var file = RandomConfigurations.Json(seed, "mcpServers");
        var table = new JsonServerTable("mcpServers");
        Assert.False(table.HasEntry(file));

        var added = table.Add(file, Command);
        Assert.True(table.HasEntry(added), Encoding.UTF8.GetString(added));
        AssertSame(Command, table.CommandIn(added));
        AssertHolds(file, added);

        // What a client reads is what it read before, and our entry.
        var (before, after) = (Node(file), Node(added));
        var expected = before?.DeepClone().AsObject() ?? [];
        expected["mcpServers"] ??= new JsonObject();
        expected["mcpServers"]!["headroom"] = after!["mcpServers"]!["headroom"]!.DeepClone();
        Assert.True(JsonNode.DeepEquals(expected, after), Encoding.UTF8.GetString(added));

        // Removing reads as it was, too.
        var removed = table.Remove(added, withTable: !table.HasTable(file));
        Assert.False(table.HasEntry(removed));
        Assert.True(JsonNode.DeepEquals(before ?? new JsonObject(), Node(removed)), Encoding.UTF8.GetString(removed));
    }

    [Property(MaxTest = 1500)]
    public void An_entry_is_added_to_any_toml_and_nothing_else_changes(uint seed)
    {
        var file = RandomConfigurations.Toml(seed);
        var table = new TomlServerTable();
        Assert.False(table.HasEntry(file));

        var added = table.Add(file, Command);
        AssertSame(Command, table.CommandIn(added));
        Assert.True(added.AsSpan().StartsWith(file));

        var (before, after) = (Toml(file), Toml(added));
        ((TomlTable)after["mcp_servers"]).Remove("headroom");
        if (!before.ContainsKey("mcp_servers"))
        {
            after.Remove("mcp_servers");
        }

        Assert.Equal(TomlSerializer.Serialize(before), TomlSerializer.Serialize(after));
        var removed = table.Remove(added, withTable: true);
        Assert.Equal(Encoding.UTF8.GetString(file).TrimEnd('\r', '\n'), Encoding.UTF8.GetString(removed).TrimEnd('\r', '\n'));
    }

    [Theory]
    [InlineData("", "{\n  \"servers\": {\n    \"headroom\": {\n      \"type\": \"stdio\",\n      \"command\": \"headroom\",\n      \"args\": [\"mcp\"]\n    }\n  }\n}\n")]
    [InlineData("{}", "{\n  \"servers\": {\n    \"headroom\": {\n      \"type\": \"stdio\",\n      \"command\": \"headroom\",\n      \"args\": [\"mcp\"]\n    }\n  }\n}")]
    [InlineData("{\"a\":1}", "{\"a\":1,\"servers\": {\"headroom\": {\"type\": \"stdio\", \"command\": \"headroom\", \"args\": [\"mcp\"]}}}")]
    [InlineData(
        "{\r\n\t\"servers\": {\r\n\t\t\"x\": {}, // mine\r\n\t}\r\n}\r\n",
        "{\r\n\t\"servers\": {\r\n\t\t\"x\": {}, // mine\r\n\t\t\"headroom\": {\r\n\t\t\t\"type\": \"stdio\",\r\n\t\t\t\"command\": \"headroom\",\r\n\t\t\t\"args\": [\"mcp\"]\r\n\t\t},\r\n\t}\r\n}\r\n")]
    [InlineData(
        "{\n    \"servers\": {\n        \"x\": {} // last\n    }\n}",
        "{\n    \"servers\": {\n        \"x\": {}, // last\n        \"headroom\": {\n            \"type\": \"stdio\",\n            \"command\": \"headroom\",\n            \"args\": [\"mcp\"]\n        }\n    }\n}")]
    public void Indentation_line_ends_and_trailing_commas_are_those_of_the_file(string file, string expected)
    {
        var added = new JsonServerTable("servers").Add(Encoding.UTF8.GetBytes(file), new ServerCommand("headroom", ["mcp"]));
        Assert.Equal(expected, Encoding.UTF8.GetString(added));
    }

    [Theory]
    [InlineData("{\"a\": 1,,}", "line 1, column 9")]
    [InlineData("{\n  \"a\": tru\n}", "line 2, column 11")]
    [InlineData("{\"a\": 1} x", "line 1, column 10")]
    [InlineData("[]", "line 1, column 1")]
    [InlineData("{\n \"mcpServers\": []}", "line 2, column 16")]
    [InlineData("{\"a\": \"\\ud800", "line 1")]
    [InlineData("{/* open", "line 1")]
    public void Malformed_json_is_told_by_line_and_column(string file, string place)
    {
        var failure = Assert.Throws<ConfigurationException>(() => new JsonServerTable("mcpServers").Add(Encoding.UTF8.GetBytes(file), Command));
        Assert.StartsWith(place, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a = 1\nb = = 2\n", "line 2, column 5")]
    [InlineData("[a]\nx = 1\n[a]\n", "line 3")]
    [InlineData("x = \"open\n", "line 1")]
    [InlineData("mcp_servers = { other = { command = \"x\" } }\n", "line 1, column 1")]
    [InlineData("a = 1\nmcp_servers = 5\n", "line 2, column 1")]
    [InlineData("[[mcp_servers]]\nx = 1\n", "line 1")]
    public void Malformed_toml_and_closed_tables_are_told_by_line_and_column(string file, string place)
    {
        var failure = Assert.Throws<ConfigurationException>(() => new TomlServerTable().Add(Encoding.UTF8.GetBytes(file), Command));
        Assert.StartsWith(place, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[mcp_servers.headroom]\ncommand = \"x\"\n[mcp_servers.headroom.env]\nA = \"1\"\n\n[b]\nc = 1\n", "\n[b]\nc = 1\n")]
    [InlineData("[mcp_servers]\nheadroom = { command = \"x\" }\nother = { command = \"y\" }\n", "[mcp_servers]\nother = { command = \"y\" }\n")]
    [InlineData("mcp_servers.headroom.command = \"x\"\na = 1\n", "a = 1\n")]
    [InlineData("[ mcp_servers . \"headroom\" ]\ncommand = \"x\" # c\n# of b\n[b]\n", "# of b\n[b]\n")]
    [InlineData("a = 1\n\n[mcp_servers.headroom]\ncommand = \"x\"\n\n[b]\n", "a = 1\n\n[b]\n")]
    public void Every_spelling_of_a_toml_entry_is_found_and_taken_out(string file, string expected)
    {
        var table = new TomlServerTable();
        Assert.True(table.HasEntry(Encoding.UTF8.GetBytes(file)));
        Assert.Equal(expected, Encoding.UTF8.GetString(table.Remove(Encoding.UTF8.GetBytes(file), withTable: true)));
    }

    [Theory]
    [InlineData("{\"mcpServers\":{\"headroom\":{},\"b\":{}}}", "{\"mcpServers\":{\"b\":{}}}")]
    [InlineData("{\"mcpServers\":{\"a\":{}, \"headroom\":{}}}", "{\"mcpServers\":{\"a\":{} }}")]
    [InlineData("{\"mcpServers\":{\"headroom\":{}},\"z\":1}", "{\"z\":1}")]
    [InlineData("{\n  \"mcpServers\": {\n    \"a\": {}, // a\n    \"headroom\": {\n    }\n  }\n}", "{\n  \"mcpServers\": {\n    \"a\": {} // a\n  }\n}")]
    [InlineData("{\"mcpServers\":{\"headroom\":{},\"headroom\":{},\"b\":1}}", "{\"mcpServers\":{\"b\":1}}")]
    public void An_entry_is_taken_out_of_a_file_that_others_changed(string file, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(new JsonServerTable("mcpServers").Remove(Encoding.UTF8.GetBytes(file), withTable: true)));

    /// <summary>All bytes of a file stand in another one, in their order.</summary>
    private static void AssertHolds(byte[] file, byte[] changed)
    {
        var at = 0;
        foreach (var b in changed)
        {
            at += at < file.Length && file[at] == b ? 1 : 0;
        }

        Assert.Equal(file.Length, at);
    }

    private static void AssertSame(ServerCommand expected, ServerCommand? actual)
    {
        Assert.Equal(expected.Program, actual?.Program);
        Assert.Equal(expected.Arguments, actual!.Arguments);
    }

    private static JsonNode? Node(byte[] file)
    {
        // The base library reads no comment between a name and its colon.
        var text = Encoding.UTF8.GetString(file).TrimStart('\ufeff').Replace(" /* c */:", ":", StringComparison.Ordinal);
        return string.IsNullOrWhiteSpace(text) ? null : JsonNode.Parse(text, documentOptions: Lenient);
    }

    private static TomlTable Toml(byte[] file) => TomlSerializer.Deserialize<TomlTable>(Encoding.UTF8.GetString(file).TrimStart('\ufeff')) ?? [];
}
