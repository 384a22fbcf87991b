namespace Headroom.Cli;

/// <summary>What the process tells its caller.</summary>
internal static class ExitCode
{
    /// <summary>
    /// Done, but not for every file of a batch; what was asked for is not there (an unknown or expired hash, a part without a match); or an
    /// internal failure after which the original was kept.
    /// </summary>
    public const int Failed = 1;

    /// <summary>The request cannot be met as it was made: bad option, missing file, port taken.</summary>
    public const int BadInput = 2;

    /// <summary>Ended by Ctrl+C before the work was done.</summary>
    public const int Interrupted = 130;

    /// <summary>Writes one line to stderr and returns the code.</summary>
    public static int Fail(string message, int code)
    {
        Tell("headroom: " + message);
        return code;
    }

    /// <summary>Writes one line to stderr, if that takes one.</summary>
    public static void Tell(string line)
    {
        try
        {
            Console.Error.WriteLine(Printable.Message(line));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever gave no place for messages gets the exit code.
        }
    }
}
