using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Headroom.Cli;
using Headroom.Cli.Commands;
using Headroom.Engine.Ccr;
using Headroom.Engine.Rules;
using Headroom.Mcp.Clients;

StandardStreams.Claim();
if (StandardStreams.IsOutputClosed)
{
    return ExitCode.Fail("stdout is closed; where nobody wants it, send it to /dev/null.", ExitCode.BadInput);
}

var root = new RootCommand("Cuts the tokens that LLM applications send, and gives every original back.")
{
    ProxyCommand.Create(),
    McpCommand.Create(),
    CompressCommand.Create(),
    DecodeCommand.Create(),
    RetrieveCommand.Create(),
    CacheCommand.Create(),
    VerifyCommand.Create(),
    StatsCommand.Create(),
    DemoCommand.Create(),
};

try
{
    // A query or a file name may begin with @; it never names a file of further arguments.
    var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    if (parsed.Action is ParseErrorAction)
    {
        // The last error is the most precise: a misspelt command is first of all a missing one.
        var error = parsed.Errors[^1];
        var option = error.SymbolResult is OptionResult { Option.Name: var name } && !error.Message.Contains(name, StringComparison.Ordinal)
            ? name + ": "
            : "";
        return ExitCode.Fail($"{option}{error.Message} See headroom --help.", ExitCode.BadInput);
    }

    using var termination = new Termination(ProxyCommand.DrainOf(parsed) + TimeSpan.FromSeconds(2));
    return await parsed.InvokeAsync(
        new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, termination.Token);
}
catch (Exception e) when (e is CommandException or CcrStoreException or ConfigurationException or CompressionRulesException)
{
    return ExitCode.Fail(e.Message, ExitCode.BadInput);
}
catch (OperationCanceledException)
{
    return ExitCode.Interrupted;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    // A full disk or a closed stream is the caller's to mend, wherever it is met.
    return ExitCode.Fail(e.Message, ExitCode.BadInput);
}
#pragma warning disable CA1031 // The last line of defence: a user gets one line, whatever went wrong.
catch (Exception e)
#pragma warning restore CA1031
{
    // Untold: the line on stderr is all that a command leaves.
    return ExitCode.Fail($"unexpected {e.GetType().Name}: {e.Message}", ExitCode.Failed);
}
