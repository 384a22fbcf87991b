using System.Text.Json;
using Headroom.Engine.Rules;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>Files of rules: what they say is taken as it is said, or there is one kind of error, which says where.</summary>
internal sealed class RuleTarget : IFuzzTarget
{
    private static readonly byte[][] Seeds =
    [
        """
        {
          "$schema": "headroom.rules.schema.json",
          "rules": [
            { "tool": "Bash", "command": "terraform plan*", "level": "lossless" },
            { "tool": "mcp__db__*", "budget": 4000, "keep": ["customer_id", "^FATAL"] },
            { "tool": "Grep", "level": "balanced" },
            { "command": "*.secrets*", "exclude": true }
          ]
        }
        """u8.ToArray(),
        """
        {"rules":[ // What our build prints.
          { "tool": ["Bash", "Power*"], "command": ["git log*", "g\u00eft?"], "kind": "diff", "level": "aggressive", "budget": 1500, "exclude": false, "keep": ["TODO", "^x{2,3}", "(a|\\d+)"], },
        ],}
        """u8.ToArray(),
        """{"rules":[]}"""u8.ToArray(),
    ];

    public byte[] Draw(SeededRandom random)
    {
        var input = JsonMutation.Of(random.Pick(Seeds), random);
        return random.Chance(0.5) ? Mutation.Of(input, random) : input;
    }

    public Task<string?> RunAsync(byte[] input, SeededRandom random, CancellationToken cancellationToken) => Task.FromResult(Run(input, random));

    private static string? Run(byte[] input, SeededRandom random)
    {
        CompressionRules rules;
        try
        {
            rules = CompressionRulesFile.Parse(input, "my.json");
        }
        catch (CompressionRulesException wrong)
        {
            // A return alone ends a line of a comment.
            var lines = input.Count(b => b is (byte)'\n' or (byte)'\r') + 1;
            return wrong.Line < 1 || wrong.Line > lines || wrong.Column < 1 || wrong.Column > input.Length + 2 ? $"place: line {wrong.Line} of {lines}, column {wrong.Column}"
                : !wrong.Message.StartsWith($"my.json({wrong.Line},{wrong.Column}): ", StringComparison.Ordinal) || wrong.Message.Contains('\n', StringComparison.Ordinal) ? $"message: {wrong.Message}"
                : null;
        }

        // What is taken is a valid file, and the rules can be asked anything.
        var preamble = input.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        using var document = JsonDocument.Parse(input.AsMemory(preamble), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        if (document.RootElement.GetProperty("rules").GetArrayLength() > rules.All.Count)
        {
            return "rules: some are missing";
        }

        foreach (var name in (string?[])[null, "", "Bash", "mcp__db__query", random.Hex(12)])
        {
            foreach (var command in (string?[])[null, "", "git log -3", new string('*', random.Next(1, 40)), new string('a', 5_000)])
            {
                _ = rules.Find(name, command);
            }
        }

        return null;
    }
}
