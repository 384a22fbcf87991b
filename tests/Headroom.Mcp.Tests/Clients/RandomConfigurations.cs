using System.Globalization;
using System.Text;
using Headroom.TestData;

namespace Headroom.Mcp.Tests.Clients;

/// <summary>Configuration files as people and programs write them, from a seed: comments, trailing commas, tabs, line ends, byte order marks.</summary>
internal static class RandomConfigurations
{
    private static readonly string[] Names = ["theme", "editor.fontSize", "projects", "caf\u00e9", "a\\\"b", "headroom2", "mcpServers2", "x y", "//", "{"];
    private static readonly string[] Scalars = ["1", "-2.50", "true", "null", "\"text\"", "\"}\"", "\"// no comment\"", "\"\\u00e9\\n\"", "1e400", "\"\""];
    private static readonly string[] Comments = ["// note", "// } , {", "/* block */", "/* two\n lines */"];

    /// <summary>A JSON file with a root object, comments and trailing commas.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="table">The member for servers, which may be there or not.</param>
    public static byte[] Json(ulong seed, string table)
    {
        var random = new SeededRandom(seed);
        if (random.Chance(0.05))
        {
            return Encoding.UTF8.GetBytes(random.Chance(0.5) ? "" : " \n\n");
        }

        var lines = random.Chance(0.75);
        var unit = lines ? random.Pick(["  ", "    ", "\t", ""]) : "";
        var text = Object(random, lines, unit, "", table, depth: 0);
        text = random.Chance(0.3) ? random.Pick(Comments) + "\n" + text : text;
        text += random.Chance(0.5) ? "\n" : random.Chance(0.3) ? " " + random.Pick(Comments[2..]) : "";
        text = text.ReplaceLineEndings("\n");
        text = random.Chance(0.3) ? text.Replace("\n", "\r\n", StringComparison.Ordinal) : text;
        byte[] file = Encoding.UTF8.GetBytes(text);
        return random.Chance(0.2) ? [.. Encoding.UTF8.Preamble, .. file] : file;
    }

    /// <summary>A TOML file.</summary>
    /// <param name="seed">The seed.</param>
    public static byte[] Toml(ulong seed)
    {
        var random = new SeededRandom(seed);
        var text = new StringBuilder();
        for (var i = random.Next(0, 4); i > 0; i--)
        {
            Line(text, random, $"key{i} = {Value(random)}");
        }

        if (random.Chance(0.3))
        {
            Line(text, random, "mcp_servers.dotted.command = \"d\"");
        }
        else if (random.Chance(0.3))
        {
            Line(text, random, "[mcp_servers]");
            Line(text, random, "inline = { command = \"i\", args = [] }");
        }

        for (var i = random.Next(0, 5); i > 0; i--)
        {
            Line(text, random, random.Pick([$"[table{i}]", $"[mcp_servers.other{i}]", $"[ projects . \"/home/x {i}\" ]", $"[[list{i}]]", $"[mcp_servers.'q{i}'.env]"]));
            for (var k = random.Next(0, 3); k > 0; k--)
            {
                Line(text, random, $"k{k} = {Value(random)}");
            }
        }

        var result = text.ToString();
        result = random.Chance(0.3) ? result.TrimEnd('\n') : result;
        result = random.Chance(0.3) ? result.Replace("\n", "\r\n", StringComparison.Ordinal) : result;
        byte[] file = Encoding.UTF8.GetBytes(result);
        return random.Chance(0.1) ? [.. Encoding.UTF8.Preamble, .. file] : file;
    }

    private static void Line(StringBuilder text, SeededRandom random, string line)
    {
        if (random.Chance(0.2))
        {
            text.Append(random.Pick(["# comment [mcp_servers.headroom]\n", "\n", "  \n", "\n\n"]));
        }

        text.Append(random.Chance(0.1) ? "  " : "").Append(line).Append(random.Chance(0.2) ? "  # tail" : "").Append('\n');
    }

    private static string Value(SeededRandom random) => random.Pick(
        ["1", "\"text\"", "'lit \\ [x]'", "[1, 2,\n  3, # in\n]", "\"\"\"\nmore\n[mcp_servers.headroom]\n\"\"\"", "'''\nx'''", "{ a = 1, b = \"c\" }", "2024-01-01T00:00:00Z", "true"]);

    private static string Object(SeededRandom random, bool lines, string unit, string indent, string? table, int depth)
    {
        var members = new List<string>();
        var count = random.Next(0, 4);
        var at = table is not null && random.Chance(0.6) ? random.Next(0, count + 1) : -1;
        for (var i = 0; i <= count; i++)
        {
            if (i == at)
            {
                members.Add($"\"{table}\":{(random.Chance(0.7) ? " " : "")}{Object(random, lines && random.Chance(0.8), unit, indent + unit, null, depth + 1)}");
            }

            if (i < count)
            {
                var value = depth < 2 && random.Chance(0.3) ? Object(random, lines, unit, indent + unit, null, depth + 1)
                    : random.Chance(0.2) ? $"[{random.Pick(Scalars)}{(random.Chance(0.3) ? "," : "")}]"
                    : random.Pick(Scalars);
                members.Add(string.Create(CultureInfo.InvariantCulture, $"\"{random.Pick(Names)}{depth}{i}\"{(random.Chance(0.1) ? " /* c */" : "")}: {value}"));
            }
        }

        var text = new StringBuilder("{");
        text.Append(random.Chance(0.15) ? " " + random.Pick(lines ? Comments : ["/* c */"]) : "");
        var open = text.ToString().Contains("//", StringComparison.Ordinal);
        for (var i = 0; i < members.Count; i++)
        {
            text.Append(lines || open ? "\n" + indent + unit : random.Chance(0.3) ? " " : "").Append(members[i]);
            open = false;
            var last = i == members.Count - 1;
            text.Append(random.Chance(0.1) ? " /* before */" : "").Append(!last || random.Chance(0.25) ? "," : "");
            if (lines && random.Chance(0.15))
            {
                text.Append(" // behind");
                open = true;
            }
        }

        text.Append(open || (lines && members.Count > 0 && random.Chance(0.9)) ? "\n" + indent : random.Chance(0.3) ? " " : "");
        return text.Append('}').ToString();
    }
}
