using System.Globalization;
using System.Text;

namespace Headroom.Engine.Content;

/// <summary>The names of encodings: those of PowerShell's -Encoding, every name that .NET knows, and numbers of code pages.</summary>
public static class EncodingName
{
    private const int Utf7 = 65000;

    /// <summary>Names to offer; others are taken as well.</summary>
    public static IReadOnlyList<string> Common { get; } =
    [
        "ansi", "ascii", "bigendianunicode", "bigendianutf32", "latin1", "oem", "unicode", "utf8", "utf8BOM", "utf8NoBOM", "utf32",
        "big5", "euc-jp", "euc-kr", "gb18030", "koi8-r", "shift_jis", "windows-1250", "windows-1251", "windows-1252",
    ];

    /// <summary>Finds an encoding.</summary>
    /// <param name="name">A name in any case, or a code page.</param>
    /// <param name="problem">Why there is none, in a sentence; null when there is.</param>
    public static Encoding? Find(string name, out string? problem)
    {
        ArgumentNullException.ThrowIfNull(name);
        problem = null;
        var page = name.ToLowerInvariant() switch
        {
            "ansi" => CultureInfo.CurrentCulture.TextInfo.ANSICodePage,
            "oem" => CultureInfo.CurrentCulture.TextInfo.OEMCodePage,
            "ascii" => 20127,
            "bigendianunicode" => 1201,
            "bigendianutf32" => 12001,
            "unicode" => 1200,
            "utf32" => 12000,
            "utf8" or "utf8bom" or "utf8nobom" or "default" => Encoding.UTF8.CodePage,
            "utf7" or "utf-7" => Utf7,
            _ => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1,
        };
        try
        {
            // Asked directly: to register the provider would change what the whole process knows.
            var codePages = CodePagesEncodingProvider.Instance;
            return page >= 0
                ? codePages.GetEncoding(page) ?? Encoding.GetEncoding(page)
                : codePages.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (NotSupportedException) when (page == Utf7)
        {
            problem = $"'{name}' is not read: UTF-7 is unsafe and obsolete.";
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            problem = $"'{name}' is no encoding; for example utf8, unicode, utf32, latin1, windows-1252, shift_jis or the number of a code page.";
        }

        return null;
    }
}
