using System.CommandLine;
using System.CommandLine.Invocation;
using Headroom.Cli;
using Headroom.Cli.Commands;

var root = new RootCommand("Cuts the tokens that LLM applications send, and gives every original back.")
{
    ProxyCommand.Create(),
    CompressCommand.Create(),
    DecodeCommand.Create(),
    RetrieveCommand.Create(),
    StatsCommand.Create(),
    DemoCommand.Create(),
};

// A query or a file name may begin with @; it never names a file of further arguments.
var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
if (parsed.Action is ParseErrorAction)
{
    return ExitCode.Fail(parsed.Errors[0].Message + " See headroom --help.", ExitCode.BadInput);
}

try
{
    return await parsed.InvokeAsync(new InvocationConfiguration
    {
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = ProxyCommand.Drain + TimeSpan.FromSeconds(2),
    });
}
catch (CommandException e)
{
    return ExitCode.Fail(e.Message, ExitCode.BadInput);
}
catch (OperationCanceledException)
{
    return ExitCode.Interrupted;
}
#pragma warning disable CA1031 // The last line of defence: a user gets one line, whatever went wrong.
catch (Exception e)
#pragma warning restore CA1031
{
    return ExitCode.Fail($"unexpected {e.GetType().Name}: {e.Message}", ExitCode.Failed);
}
