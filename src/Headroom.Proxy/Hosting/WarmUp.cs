using System.Globalization;
using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Tokens;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Hosting;

/// <summary>
/// Lets the compiler see the compressors at work before the first request does: code that runs for the first time is some thirty
/// times slower. Once per process, after the port is open, on a thread that gives way to any other.
/// </summary>
internal static class WarmUp
{
    // By then the runtime has compiled the hot paths twice, the second time with what it learnt.
    private const int Rounds = 60;
    private const int Rows = 120;

    private static int _isStarted;

    public static void Start(ILogger logger)
    {
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            new Thread(() => Run(logger)) { IsBackground = true, Priority = ThreadPriority.Lowest, Name = "Headroom warm-up" }.Start();
        }
    }

    private static void Run(ILogger logger)
    {
        try
        {
            var sample = Encoding.UTF8.GetBytes(Sample());
            var options = new CompressionOptions { Marker = missing => Marker.Write(missing, new string('0', Marker.HashLength)) };
            for (var round = 0; round < Rounds; round++)
            {
                ContentRouter.Compress(sample, options);
            }

            // Loads the vocabulary that the statistics of the first request will want.
            TokenCounters.O200kBase.Count(sample);
        }
        catch (Exception e)
        {
            logger.WarmUpFailed(new Failure(e));

            // What is wrong will show where it matters; on a thread of its own it would end the process.
        }
    }

    // Rows of every kind of value that the compressors treat in a way of its own.
    private static string Sample()
    {
        var text = new StringBuilder("[");
        for (var row = 0; row < Rows; row++)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                {{(row > 0 ? "," : "")}}{"id": "row_{{row}}", "time": "2025-01-01T12:{{row % 60:00}}:00Z", "level": "{{(row == 70 ? "error" : "info")}}",
                 "value": {{row * 7919 % 1000 / 10.0}}, "count": {{row}}, "ok": {{(row % 9 > 0 ? "true" : "false")}}, "host": "worker-{{row % 5:00}}",
                 "text": "request {{row * 31 % 97}} took \"{{row % 13}}\" ms", "at": {"x": {{row % 17}}, "y": null}, "tags": ["a", "b"],
                 "parts": [{"n": {{row % 3}}}, {"n": 2}]{{(row == 33 ? ", \"extra\": 1" : "")}}}
                """);
        }

        return text.Append(']').ToString();
    }
}
