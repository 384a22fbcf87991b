using System.Text;
using Headroom.Engine.Compression.Logs;

namespace Headroom.Engine.Tests.Logs;

public sealed class LogTimestampTests
{
    [Theory]
    [InlineData("2025-11-22T10:01:02Z x", "2025-11-22T10:01:02")]
    [InlineData("2025-11-22T10:01:02.123456+01:00 x", "2025-11-22T10:01:02.123456")]
    [InlineData("2025-11-22 10:01:02,123 INFO", "2025-11-22 10:01:02,123")]
    [InlineData("2025/11/22 10:01:02 [error]", "2025/11/22 10:01:02")]
    [InlineData("[2025-11-22 10:01:02] INFO", "2025-11-22 10:01:02")]
    [InlineData("Nov 22 10:01:02 host proc[1]: x", "Nov 22 10:01:02")]
    [InlineData("Nov  2 10:01:02 host proc[1]: x", "Nov  2 10:01:02")]
    [InlineData("1.2.3.4 - - [22/Nov/2025:10:01:02 +0000] \"GET\"", "22/Nov/2025:10:01:02")]
    [InlineData("I1122 10:01:02.123456  1 a.go:1] x", "1122 10:01:02.123456")]
    [InlineData("[10:01:02 INF] x", "10:01:02")]
    [InlineData("10:01:02.123456 git.c:460 trace", "10:01:02.123456")]
    [InlineData("11/22/2025 10:01:02 Information", "11/22/2025 10:01:02")]
    [InlineData("time=2025-11-22T10:01:02Z level=info", "2025-11-22T10:01:02")]
    [InlineData("update-alternatives 2025-06-24 14:36:53: run", "2025-06-24 14:36:53")]
    [InlineData("1763805662 started", "1763805662")]
    [InlineData("1763805662.123 started", "1763805662.123")]
    [InlineData("1763805662123 started", "1763805662123")]
    [InlineData("[1763805662] started", "1763805662")]
    [InlineData("ts=1763805662.5 level=info", "1763805662.5")]
    [InlineData("time=1763805662123 level=info", "1763805662123")]
    [InlineData("[   12.345678] usb 1-1: new device", "12.345678")]
    [InlineData("[12345.678901] usb 1-1: new device", "12345.678901")]
    [InlineData("Nov 22, 2026 7:47:10 PM com.shop.Main main", "Nov 22, 2026 7:47:10 PM")]
    [InlineData("Nov 2, 2026, 10:47:10 AM com.shop.Main main", "Nov 2, 2026, 10:47:10 AM")]
    [InlineData("Nov 22, 2026 7:47:10\u202FPM com.shop.Main main", "Nov 22, 2026 7:47:10\u202FPM")]
    [InlineData("11/22/2026 7:47:10 PM Information", "11/22/2026 7:47:10 PM")]
    [InlineData("22/Nov/2026 10:01:02 INFO", "22/Nov/2026 10:01:02")]
    [InlineData("22 Nov 2026 10:01:02 INFO", "22 Nov 2026 10:01:02")]
    [InlineData("2026-11-22  10:01:02  INFO", "2026-11-22  10:01:02")]
    [InlineData("2026-11-22 10:01:02  INFO", "2026-11-22 10:01:02")]
    [InlineData("1763805662", "")]
    [InlineData("9763805662 pieces", "")]
    [InlineData("17638056621 pieces", "")]
    [InlineData("[12.5] of it", "")]
    [InlineData("order 1763805662 stored", "")]
    [InlineData("fe80:10:01:02:03 is up", "")]
    [InlineData("version 10.01.02 of 2025-11-22", "")]
    [InlineData("12:30 lunch", "")]
    public void A_timestamp_is_found_without_its_zone(string line, string expected)
    {
        var utf8 = Encoding.UTF8.GetBytes(line);
        var at = LogTimestamp.Find(utf8, -1, out var length);
        Assert.Equal(expected, at < 0 ? "" : Encoding.UTF8.GetString(utf8, at, length));
    }

    [Theory]
    [InlineData("2025-11-22T10:01:02.5", "2025-11-22T10:01:03.25", 0.75)]
    [InlineData("2025-11-22 23:59:59", "2025-11-23 00:00:01", 2)]
    [InlineData("Nov 30 23:59:59", "Dec  1 00:00:00", 1)]
    [InlineData("22/Nov/2025:10:01:02", "22/Nov/2025:11:01:02", 3600)]
    [InlineData("1122 10:01:02.000000", "1123 10:01:02.000000", 86400)]
    [InlineData("10:01:02", "10:01:03", 1)]
    [InlineData("1763805662", "1763805663", 1)]
    [InlineData("1763805662123", "1763805662623", 0.5)]
    [InlineData("1763805662.25", "1763805663.5", 1.25)]
    [InlineData("9.500000", "10.750000", 1.25)]
    [InlineData("Nov 22, 2026 11:59:59 AM", "Nov 22, 2026 12:00:01 PM", 2)]
    [InlineData("Nov 22, 2026 12:30:00 PM", "Nov 22, 2026 1:30:00 PM", 3600)]
    [InlineData("Nov 22, 2026 11:59:59 PM", "Nov 23, 2026 12:00:00 AM", 1)]
    [InlineData("2026-11-22  23:59:59", "2026-11-23  00:00:01", 2)]
    [InlineData("12/31/2024 23:59:59", "01/01/2025 00:00:00", 1)]
    public void Seconds_tell_how_far_apart_two_are(string first, string second, double seconds) =>
        Assert.Equal(seconds, LogTimestamp.Seconds(Encoding.UTF8.GetBytes(second)) - LogTimestamp.Seconds(Encoding.UTF8.GetBytes(first)), 3);
}
