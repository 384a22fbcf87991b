using System.Text;
using Headroom.Engine.Compression.Logs;

namespace Headroom.Engine.Tests.Logs;

public sealed class LogSeveritiesTests
{
    [Theory]
    [InlineData("2025-01-01 10:00:00 ERROR x", LogSeverity.Error)]
    [InlineData("2025-01-01 10:00:00 INFO x", LogSeverity.Information)]
    [InlineData("[10:01:02 WRN] slow", LogSeverity.Warning)]
    [InlineData("[10:01:02 INF] ok", LogSeverity.Information)]
    [InlineData("fail: Shop.Worker[0]", LogSeverity.Error)]
    [InlineData("crit: Shop.Worker[0]", LogSeverity.Critical)]
    [InlineData("dbug: Shop.Worker[0]", LogSeverity.Debug)]
    [InlineData("time=2025-01-01T10:00:00Z level=warn msg=\"slow\"", LogSeverity.Warning)]
    [InlineData("2025/01/01 10:00:00 [error] 20#0: *1 upstream gone", LogSeverity.Error)]
    [InlineData("E1122 10:01:02.123456   1 a.go:1] lost", LogSeverity.Error)]
    [InlineData("W1122 10:01:02.123456   1 a.go:1] slow", LogSeverity.Warning)]
    [InlineData("json.decoder.JSONDecodeError: Expecting value: line 1", LogSeverity.Error)]
    [InlineData("AssertionError: 3 != 4", LogSeverity.Error)]
    [InlineData("java.io.IOException: gone", LogSeverity.Error)]
    [InlineData("2025-01-01 10:00:00 INFO System.IO.IOException: gone", LogSeverity.Error)]
    [InlineData("2025-01-01 10:00:00 INFO sweep finished: 0 errors, 3 files", LogSeverity.Information)]
    [InlineData("sweep finished: 0 errors", LogSeverity.None)]
    [InlineData("sweep finished: 3 errors", LogSeverity.Error)]
    [InlineData("done, no error", LogSeverity.None)]
    [InlineData("done without errors", LogSeverity.None)]
    [InlineData("call ended error=nil", LogSeverity.None)]
    [InlineData("call ended error=timeout", LogSeverity.Error)]
    [InlineData("stats errors=0 ok=5", LogSeverity.None)]
    [InlineData("stats errors=2 ok=5", LogSeverity.Error)]
    [InlineData("{\"error\":null,\"id\":3}", LogSeverity.None)]
    [InlineData("reads /var/log/error.log", LogSeverity.None)]
    [InlineData("error_handler registered", LogSeverity.None)]
    [InlineData("1.2.3.4 - - [22/Nov/2025:10:01:02 +0000] \"GET /x HTTP/1.1\" 503 12", LogSeverity.Error)]
    [InlineData("1.2.3.4 - - [22/Nov/2025:10:01:02 +0000] \"GET /x HTTP/1.1\" 200 503", LogSeverity.None)]
    [InlineData("1.2.3.4 - - [22/Nov/2025:10:01:02 +0000] \"GET /x HTTP/1.1\" 404 503", LogSeverity.Warning)]
    [InlineData("thread 'main' panicked at src/main.rs:3", LogSeverity.Error)]
    [InlineData("plain words", LogSeverity.None)]
    internal void A_line_tells_how_much_it_matters(string line, LogSeverity severity)
    {
        var utf8 = Encoding.UTF8.GetBytes(line);
        Assert.Equal(severity, LogSeverities.Of(utf8, LogTimestamp.Find(utf8, -1, out _), out _));
    }
}
