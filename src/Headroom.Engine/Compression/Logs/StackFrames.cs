namespace Headroom.Engine.Compression.Logs;

/// <summary>Tells lines of stack traces apart: .NET, Java, JavaScript, Python, Go, Rust and PowerShell.</summary>
internal static class StackFrames
{
    /// <summary>The line names a place in the code, no message.</summary>
    public static bool IsFrame(ReadOnlySpan<byte> line)
    {
        var text = line.TrimStart(" \t"u8);
        return text.StartsWith("at "u8) || text.StartsWith("File \""u8) || text.StartsWith("... "u8)
            || (text.Length < line.Length && text.Length > 2 && LogTimestamp.DigitsAt(text) is > 0 and var digits && digits < text.Length && text[digits] == ':');
    }
}
