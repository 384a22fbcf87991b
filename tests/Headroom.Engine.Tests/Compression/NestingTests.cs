using System.Text;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Tests.Compression;

/// <summary>However deep something stands in something else, no reader goes down with it: each of these would end the process.</summary>
public sealed class NestingTests
{
    private const int Levels = 100_000;
    private const int StackBytes = 256 * 1024;

    public static TheoryData<string, string> Texts() => new()
    {
        { "arrays", Around("[", "1", "]") },
        { "objects", Around("{\"a\":", "1", "}") },
        { "rows", "[" + Around("[{\"a\":", "1", "}]") + "]" },
        { "JSON lines", string.Concat(Enumerable.Repeat(Around("[", "1", "]") + "\n", 3)) },
        { "brackets that never close", Around("[\n", "", "") },
        { "objects of the notation", Around("{a:", "1", "}") },
        { "tables of the notation", Around("[1]{a}\n", "1", "") },
        { "cells of the notation", "[1]{a" + Around("{b", "", "}") + "}\n" + Around("(", "1", ")") },
        { "documents in strings of the notation", Around("[@json", "1", "]") },
        { "documents in strings", Around("[\"[", "1", "]\"]") },
        { "mixed in mixed", Around("[mixed 9 lines: forms in lines 1-9]\n", "a\n", "") },
        { "fences", Around("```\n", "a\n", "") },
        { "elements of a page", "<!DOCTYPE html><html><body>" + Around("<div>", "text", "</div>") + "</body></html>" },
        { "elements of a page that have no end", "<!DOCTYPE html><html><body>" + Around("<span>", "text", "") + "</body></html>" },
        { "drawings", "<!DOCTYPE html><html><body>" + Around("<svg>", "text", "</svg>") + "</body></html>" },
        { "lists", "<!DOCTYPE html><html><body>" + Around("<ul><li>", "text", "") + "</body></html>" },
        { "just deep enough to be read", "<!DOCTYPE html><html><body>" + string.Concat(Enumerable.Repeat("<div>", 500)) + "text</body></html>" },
        { "elements of a document", "<?xml version=\"1.0\"?>" + Around("<a>", "1", "</a>") },
        { "entities", "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY e0 \"x\">" + string.Concat(Enumerable.Range(1, 40).Select(i => $"<!ENTITY e{i} \"&e{i - 1};&e{i - 1};\">")) + "]><a>&e40;</a>" },
        { "paths", string.Concat(Enumerable.Range(0, 6).Select(i => Around("d/", $"f{i}\n", ""))) },
        { "a tree", ".\n" + string.Concat(Enumerable.Range(0, 700).Select(i => string.Concat(Enumerable.Repeat("│   ", i)) + $"├── d{i}\n")) },
        { "a tree of the notation", "[tree 700 lines: the indentation is drawn]\n" + string.Concat(Enumerable.Range(0, 700).Select(i => new string(' ', i) + "d\n")) },
        { "causes", string.Concat(Enumerable.Range(0, 20_000).Select(i => $"Caused by: java.lang.RuntimeException: {i}\n\tat com.app.Main.run(Main.java:{i})\n")) },
        { "quoted YAML", Around("- ", "a\n", "") },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Nothing_is_too_deep(string what, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => Go(utf8)), StackBytes);
        thread.Start();
        thread.Join();
        Assert.True(failure is null or ContentTooLargeException, $"{what}: {failure}");
    }

    private static void Go(byte[] utf8)
    {
        foreach (var budget in (int[])[300, 100_000])
        {
            _ = ContentRouter.Compress(utf8, new CompressionOptions { Marker = missing => missing, Budget = budget });
        }

        _ = ContentNotation.Decode(utf8, 1 << 20, CancellationToken.None);
    }

    private static string Around(string before, string inside, string after) =>
        new StringBuilder().Insert(0, before, Levels).Append(inside).Append(string.Concat(Enumerable.Repeat(after, Levels))).ToString();
}
