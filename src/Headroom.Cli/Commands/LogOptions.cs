using System.CommandLine;
using System.CommandLine.Parsing;
using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Headroom.Cli.Commands;

/// <summary>What the servers of the command line log, and how: always to stderr, because stdout belongs to the protocol or to the address.</summary>
internal static class LogOptions
{
    private const string Json = "json";

    private static readonly Option<LogLevels?> Level = new("--log-level")
    {
        Description = $"What to log to stderr: {LogLevels.Rule}. By default {LogLevels.Variable}, then warning.",
        HelpName = "LEVEL",
        CustomParser = Parse,
    };

    private static readonly Option<string> Format = NewFormat();

    /// <summary>The options.</summary>
    public static IEnumerable<Option> All => [Level, Format];

    /// <summary>Makes the loggers; what was logged is written when they are disposed of.</summary>
    /// <exception cref="CommandException">The environment variable is not a level.</exception>
    public static ILoggerFactory Create(ParseResult arguments)
    {
        var levels = arguments.GetValue(Level) ?? (Environment.GetEnvironmentVariable(LogLevels.Variable) is { Length: > 0 } text
            ? LogLevels.Parse(text) ?? throw new CommandException($"{LogLevels.Variable}: '{text}' is not {LogLevels.Rule}.")
            : LogLevels.Warnings);
        return LoggerFactory.Create(logging =>
        {
            logging.SetMinimumLevel(LogLevel.Trace).AddFilter(levels.Includes);
            logging.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            if (arguments.GetValue(Format) == Json)
            {
                logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
            }
            else
            {
                logging.AddSimpleConsole(line =>
                    (line.SingleLine, line.UseUtcTimestamp, line.TimestampFormat, line.ColorBehavior) = (true, true, "yyyy-MM-ddTHH:mm:ssZ ", LoggerColorBehavior.Disabled));
            }
        });
    }

    private static LogLevels? Parse(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        var levels = LogLevels.Parse(text);
        if (levels is null)
        {
            result.AddError($"'{text}' is not {LogLevels.Rule}.");
        }

        return levels;
    }

    private static Option<string> NewFormat()
    {
        var option = new Option<string>("--log-format")
        {
            Description = "How to log: a line of text or a JSON object for each event.",
            HelpName = "text|json",
            DefaultValueFactory = _ => "text",
        };
        option.AcceptOnlyFromAmong("text", Json);
        return option;
    }
}
