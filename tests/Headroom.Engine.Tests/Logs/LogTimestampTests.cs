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
    [InlineData("fe80:10:01:02:03 is up", "")]
    [InlineData("version 10.01.02 of 2025-11-22", "")]
    [InlineData("12:30 lunch", "")]
    public void A_timestamp_is_found_without_its_zone(string line, string expected)
    {
        var utf8 = Encoding.UTF8.GetBytes(line);
        var at = LogTimestamp.Find(utf8, -1, out var length);
        Assert.Equal(expected, at < 0 ? "" : line.Substring(at, length));
    }

    [Theory]
    [InlineData("2025-11-22T10:01:02.5", "2025-11-22T10:01:03.25", 0.75)]
    [InlineData("2025-11-22 23:59:59", "2025-11-23 00:00:01", 2)]
    [InlineData("Nov 30 23:59:59", "Dec  1 00:00:00", 1)]
    [InlineData("22/Nov/2025:10:01:02", "22/Nov/2025:11:01:02", 3600)]
    [InlineData("1122 10:01:02.000000", "1123 10:01:02.000000", 86400)]
    [InlineData("10:01:02", "10:01:03", 1)]
    [InlineData("12/31/2024 23:59:59", "01/01/2025 00:00:00", 1)]
    public void Seconds_tell_how_far_apart_two_are(string first, string second, double seconds) =>
        Assert.Equal(seconds, LogTimestamp.Seconds(Encoding.UTF8.GetBytes(second)) - LogTimestamp.Seconds(Encoding.UTF8.GetBytes(first)), 3);
}
