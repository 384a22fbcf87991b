namespace Headroom.Engine.Compression.Logs;

/// <summary>Tells lines of stack traces apart: .NET, Java, JavaScript, Python, Go, Rust and PowerShell.</summary>
internal static class StackFrames
{
    /// <summary>The line names a place in the code, no message.</summary>
    public static bool IsFrame(ReadOnlySpan<byte> line)
    {
        var text = line.TrimStart(" \t"u8);
        return text.StartsWith("at "u8) || IsPython(line) || text.StartsWith("... "u8) || NumberLength(line) > 0;
    }

    public static bool IsPython(ReadOnlySpan<byte> line) => line.TrimStart(" \t"u8).StartsWith("File \""u8);

    /// <summary>The frames and the messages in their order.</summary>
    public static List<StackFrame> Read(LogLines lines, CancellationToken cancellationToken)
    {
        var frames = new List<StackFrame>();
        for (var i = 0; i < lines.Count;)
        {
            if ((frames.Count & 0x3FF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var line = lines.Text[i];
            var to = i + 1;
            var isFrame = IsFrame(line);
            if (IsPython(line))
            {
                // The source line and the carets below it.
                var indent = Indent(line);
                while (to < lines.Count && Indent(lines.Text[to]) > indent && !IsPython(lines.Text[to]))
                {
                    to++;
                }
            }
            else if (NumberLength(line) > 0)
            {
                // Rust: the place is below the name.
                to += to < lines.Count && lines.Text[to].TrimStart(" "u8).StartsWith("at "u8) ? 1 : 0;
            }
            else if (to < lines.Count && lines.Text[to] is [(byte)'\t', (byte)'/', ..] && line.Length > 0 && line[0] != '\t')
            {
                // Go: likewise.
                isFrame = true;
                to++;
            }

            frames.Add(new StackFrame(i, to, !isFrame));
            i = to;
        }

        return frames;
    }

    /// <summary>The frame is in a platform's or a framework's code.</summary>
    public static bool IsFramework(ReadOnlySpan<byte> line)
    {
        var name = NameOf(line);
        foreach (var prefix in Frameworks)
        {
            if (name.StartsWith(prefix))
            {
                return true;
            }
        }

        return line.IndexOf("node_modules"u8) >= 0 || line.IndexOf("node:internal"u8) >= 0 || line.IndexOf("site-packages"u8) >= 0
            || line.IndexOf("/lib/python"u8) >= 0 || line.IndexOf("<frozen "u8) >= 0 || line.IndexOf("/rustc/"u8) >= 0;
    }

    /// <summary>The namespace, package or module a frame belongs to, by its first two names.</summary>
    public static ReadOnlySpan<byte> OwnerOf(ReadOnlySpan<byte> line)
    {
        var name = NameOf(line);
        var end = name.IndexOfAny(" (<\""u8);
        name = end < 0 ? name : name[..end];
        var first = name.IndexOfAny((byte)'.', (byte)':');
        if (first <= 0 || name[0] == '/')
        {
            return default;
        }

        var second = name[(first + 1)..].TrimStart((byte)':').IndexOfAny((byte)'.', (byte)':');
        return second < 0 ? name[..first] : name[..(name.Length - name[(first + 1)..].TrimStart((byte)':').Length + second)];
    }

    private static byte[][] Frameworks { get; } =
    [
        .. new[]
        {
            "System.", "Microsoft.", "java.", "java.base/", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "org.springframework.", "org.apache.",
            "org.junit.", "org.hibernate.", "org.eclipse.", "io.netty.", "reactor.", "core::", "std::", "alloc::", "tokio::", "__rust", "rust_begin", "runtime.", "net/http.",
            "testing.", "Xunit.", "NUnit.", "Pester.", "lambda_method", "node:",
        }.Select(System.Text.Encoding.ASCII.GetBytes),
    ];

    private static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> line)
    {
        var text = line[NumberLength(line)..].TrimStart(" \t"u8);
        return text.StartsWith("at "u8) ? text[3..].TrimStart(" "u8) : text;
    }

    // "   3: core::panicking::panic" of Rust.
    private static int NumberLength(ReadOnlySpan<byte> line)
    {
        var indent = Indent(line);
        var digits = LogTimestamp.DigitsAt(line[indent..]);
        return indent > 0 && digits > 0 && line[(indent + digits)..].StartsWith(": "u8) ? indent + digits + 1 : 0;
    }

    private static int Indent(ReadOnlySpan<byte> line)
    {
        var i = 0;
        while (i < line.Length && line[i] is (byte)' ' or (byte)'\t')
        {
            i++;
        }

        return i;
    }
}
