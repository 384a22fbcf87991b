using System.Globalization;
using System.Text;

namespace Headroom.Engine.Compression.Text;

/// <summary>How many columns a character takes on a terminal.</summary>
internal static class Glyph
{
    /// <summary>1, 2 for the wide characters of East Asia and emoji, 0 for marks that combine; -1 for controls, which take none.</summary>
    public static int ColumnsOf(Rune rune) => rune.Value switch
    {
        < 0x20 or (>= 0x7F and < 0xA0) => -1,
        < 0x300 => rune.Value == 0xAD ? -1 : 1,
        _ => Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark => 0,
            UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => -1,
            _ => IsWide(rune.Value) ? 2 : 1,
        },
    };

    private static bool IsWide(int value) => value is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0x303E) or (>= 0x3041 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
        or (>= 0xF900 and <= 0xFAFF) or (>= 0xFE30 and <= 0xFE6F) or (>= 0xFF00 and <= 0xFF60) or (>= 0xFFE0 and <= 0xFFE6)
        or (>= 0x1F300 and <= 0x1F64F) or (>= 0x1F900 and <= 0x1F9FF) or (>= 0x20000 and <= 0x3FFFD);
}
