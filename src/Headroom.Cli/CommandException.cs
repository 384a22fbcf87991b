namespace Headroom.Cli;

/// <summary>Ends a command with one line on stderr and <see cref="ExitCode.BadInput"/>.</summary>
internal sealed class CommandException(string message) : Exception(message);
