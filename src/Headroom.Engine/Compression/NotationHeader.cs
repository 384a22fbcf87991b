using System.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression;

/// <summary>
/// The first line of every form but JSON's: <c>[log 500 lines: legend]</c> or, of a view, <c>[log view of 500 lines: legend]</c>.
/// The name says who can decode the form, the number how many lines of the original it stands for, the legend how to read it.
/// Content that begins with such a line is a form already and is left alone, so nothing in a tool's output can pass for one.
/// </summary>
internal readonly record struct NotationHeader(string Name, int Lines, bool IsView, string? Legend)
{
    /// <summary>Appends the line with its line feed.</summary>
    public void Write(ByteBuffer output)
    {
        output.Append((byte)'[');
        output.Append(Encoding.UTF8.GetBytes(Name));
        output.Append(IsView ? " view of "u8 : " "u8);
        output.Append(Lines);
        output.Append(" lines"u8);
        if (Legend is not null)
        {
            output.Append(": "u8);
            output.Append(Encoding.UTF8.GetBytes(Legend));
        }

        output.Append("]\n"u8);
    }

    /// <summary>Reads the first line of a text.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="header">What it says.</param>
    /// <param name="body">Everything after it.</param>
    /// <returns>False when the text does not begin with a header.</returns>
    public static bool TryRead(ReadOnlySpan<byte> text, out NotationHeader header, out ReadOnlySpan<byte> body)
    {
        header = default;
        if (NotationGrammar.TryReadHeader(text, out var found, out var lines, out var isView, out var legend, out body))
        {
            foreach (var name in ContentRouter.FormNames)
            {
                if (Ascii.Equals(found, name))
                {
                    header = new NotationHeader(name, lines, isView, legend.IsEmpty ? null : Encoding.UTF8.GetString(legend));
                    return true;
                }
            }
        }

        body = default;
        return false;
    }
}
