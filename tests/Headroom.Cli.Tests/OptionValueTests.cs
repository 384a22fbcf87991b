using System.CommandLine;
using Headroom.Cli.Commands;
using Headroom.Engine.Ccr;

namespace Headroom.Cli.Tests;

public sealed class OptionValueTests
{
    private static readonly string[] Values = ["", " ", "foo", "-1", "0", "99999999999999999999", "1e9", "NaN", "a b", "\u001b[2J", "\0", "redis://", "redis://user:secret@", "http://x", "\ud800"];

    /// <summary>What a value is refused for is said by the option, not by an exception on the way to it.</summary>
    [Fact]
    public void Whatever_value_an_option_is_given_reading_it_throws_nothing()
    {
        Command[] commands =
        [
            ProxyCommand.Create(), McpCommand.Create(), CompressCommand.Create(), DecodeCommand.Create(), RetrieveCommand.Create(), CacheCommand.Create(),
            VerifyCommand.Create(), StatsCommand.Create(), DemoCommand.Create(),
        ];
        var queue = new Queue<Command>(commands);
        var read = 0;
        while (queue.TryDequeue(out var command))
        {
            foreach (var child in command.Subcommands)
            {
                queue.Enqueue(child);
            }

            foreach (var option in command.Options)
            {
                foreach (var value in Values)
                {
                    var failure = Record.Exception(() => command.Parse([option.Name, value]).Errors.Select(e => e.Message).ToList());
                    Assert.True(failure is null, $"{command.Name} {option.Name} '{value}': {failure}");
                    read++;
                }
            }
        }

        Assert.True(read > 500);
    }

    [Fact]
    public void A_store_that_is_none_is_refused_with_those_that_are() =>
        Assert.Contains(CompressCommand.Create().Parse(["--store", "foo"]).Errors, error => error.Message == CcrStoreAddress.Refusal("foo"));
}
