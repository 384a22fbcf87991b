namespace Headroom.Engine.Compression.Logs;

/// <summary>Lines of a stack trace that belong together.</summary>
/// <param name="From">The first line.</param>
/// <param name="To">The line after the last.</param>
/// <param name="IsMessage">Not a place in the code but what happened there, or anything else.</param>
internal readonly record struct StackFrame(int From, int To, bool IsMessage);
