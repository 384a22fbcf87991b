using System.Globalization;

namespace Headroom.TestData;

/// <summary>The one time line of all generated data: from 2025-01-01T12:00:00Z on, never the wall clock.</summary>
internal static class Timestamps
{
    public static readonly DateTime Base = new(2025, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    public static string Seconds(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    public static string Milliseconds(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
