using System.Diagnostics;
using System.Net.Sockets;

namespace Headroom.Engine.Diagnostics;

/// <summary>
/// What an event may tell of an exception: its type, where in the product it came from, and its message only where that is the product's own
/// or the operating system's. Other messages may quote what was read, which belongs in no log.
/// </summary>
/// <param name="Cause">The exception.</param>
public readonly record struct Failure(Exception Cause)
{
    /// <summary>One line, such as <c>FormatException in JsonTapeBuilder.Build</c>.</summary>
    public override string ToString()
    {
        var text = Cause.GetType().Name;
        for (var inner = Cause.InnerException; inner is not null; inner = inner.InnerException)
        {
            text += " of " + inner.GetType().Name;
        }

        if (Place() is { } place)
        {
            text += " in " + place;
        }

        // The sentence that it stands in has its own end.
        return IsTellable ? $"{text}: {Cause.Message.ReplaceLineEndings(" ").TrimEnd('.')}" : text;
    }

    private bool IsTellable =>
        Cause is IOException or UnauthorizedAccessException or SocketException
        || Cause.GetType().Namespace?.StartsWith("Headroom.", StringComparison.Ordinal) == true;

    // Names only: what a stack trace knows holds no content.
    private string? Place()
    {
        foreach (var frame in new StackTrace(Cause, fNeedFileInfo: false).GetFrames())
        {
            var method = DiagnosticMethodInfo.Create(frame);
            if (method?.DeclaringTypeName?.StartsWith("Headroom.", StringComparison.Ordinal) == true)
            {
                return Readable(method.DeclaringTypeName, method.Name);
            }
        }

        return null;
    }

    // The compiler's own types and methods hold the name of what was written between angle brackets.
    private static string Readable(string type, string method)
    {
        var written = Between(method) ?? Between(type) ?? method;
        var end = type.IndexOfAny(['+', '[', '`']);
        var outermost = end < 0 ? type : type[..end];
        return $"{outermost[(outermost.LastIndexOf('.') + 1)..]}.{written}";
    }

    private static string? Between(string name)
    {
        var end = name.IndexOf('>', StringComparison.Ordinal);
        var start = end < 0 ? -1 : name.LastIndexOf('<', end);
        return start >= 0 && end - start > 1 ? name[(start + 1)..end] : null;
    }
}
