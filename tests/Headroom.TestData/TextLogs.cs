using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Headroom.TestData;

/// <summary>A line that was put into a log on purpose.</summary>
/// <param name="Line">Its number from 0.</param>
/// <param name="Kind"><c>error</c>, <c>warning</c>, <c>rare</c>, <c>outlier</c> or <c>id</c>.</param>
/// <param name="Evidence">Text that occurs in this line alone.</param>
public sealed record PlantedLine(int Line, string Kind, string Evidence);

/// <summary>A generated log.</summary>
/// <param name="Text">Its lines, each with its line feed.</param>
/// <param name="Planted">The planted lines by ascending number.</param>
public sealed record TextLog(string Text, ImmutableArray<PlantedLine> Planted);

/// <summary>Logs as text in the usual layouts, the same for the same seed.</summary>
public static class TextLogs
{
    /// <summary>The layouts: how the time and the level are spelled.</summary>
    public static readonly ImmutableArray<string> Layouts =
        ["iso", "python", "syslog", "bracket", "logfmt", "klog", "serilog", "log4j", "dotnet", "apache", "nginx", "windows"];

    /// <summary>Layouts with a time that only a program of this kind writes.</summary>
    public static readonly ImmutableArray<string> RareLayouts = ["epoch", "milliseconds", "kernel", "twelve-hour", "spaced"];

    private static readonly string[] Queues = ["orders", "mail", "billing", "search", "exports"];
    private static readonly string[] Names = ["alice", "bob", "carol", "dave", "erin", "frank"];

    /// <summary>A log with one needle of the kind in each of its tenths.</summary>
    /// <param name="layout">One of <see cref="Layouts"/>.</param>
    /// <param name="lines">How many entries.</param>
    /// <param name="seed">The same seed, the same log.</param>
    /// <param name="needle">A kind of planted line; null for none.</param>
    public static TextLog Generate(string layout, int lines, ulong seed, string? needle = null)
    {
        var random = new SeededRandom(seed);
        var planted = ImmutableArray.CreateBuilder<PlantedLine>();
        var text = new StringBuilder();
        var time = Timestamps.Base;
        var number = 0;
        for (var i = 0; i < lines; i++)
        {
            time = time.AddMilliseconds(random.Next(1, 900));
            var isPlanted = needle is not null && i % Math.Max(1, lines / 10) == lines / 20 && planted.Count < 10;
            var (level, message) = Message(random, i);
            if (isPlanted)
            {
                var evidence = needle == "outlier" ? string.Create(CultureInfo.InvariantCulture, $"in 98{random.Next(100, 999)} ms") : $"{needle}-{random.Hex(10)}";
                (level, message) = needle switch
                {
                    "error" => ("ERROR", string.Create(CultureInfo.InvariantCulture, $"payment of {evidence} was declined by gateway {planted.Count}")),
                    "warning" => ("WARN", $"certificate of {evidence} expires soon"),
                    "rare" => ("INFO", $"{Rare[planted.Count]} {evidence}"),
                    "outlier" => ("INFO", string.Create(CultureInfo.InvariantCulture, $"job {i + 1000} of queue orders done {evidence}")),
                    _ => ("INFO", $"job {evidence} of queue orders done in {random.Next(1, 400)} ms"),
                };
                planted.Add(new PlantedLine(number, needle!, evidence));
            }

            number += Append(text, layout, time, level, message, random);
        }

        return new TextLog(text.ToString(), planted.ToImmutable());
    }

    private static readonly string[] Rare =
    [
        "configuration was reloaded from", "leader election was won by", "schema migrated to revision", "license renewed until", "snapshot exported as",
        "shard moved over to", "feature switched on:", "maintenance window opened by", "key rotated, now", "replica promoted:",
    ];

    private static (string Level, string Message) Message(SeededRandom random, int i) => random.Next(100) switch
    {
        < 35 => ("INFO", string.Create(CultureInfo.InvariantCulture, $"job {i + 1000} of queue {random.Pick(Queues)} done in {random.Next(1, 400)} ms")),
        < 60 => ("INFO", string.Create(CultureInfo.InvariantCulture, $"GET /api/items/{random.Next(1, 9999)} {random.Pick<int>([200, 200, 304])} {random.Next(100, 90000)} bytes")),
        < 80 => ("DEBUG", string.Create(CultureInfo.InvariantCulture, $"cache lookup key=session:{random.Hex(8)} hit={(random.Chance(0.5) ? "true" : "false")}")),
        < 90 => ("INFO", $"user {random.Pick(Names)} signed in from 10.0.{random.Next(255)}.{random.Next(255)}"),
        _ => ("INFO", string.Create(CultureInfo.InvariantCulture, $"sweep finished: 0 errors, {random.Next(1, 50)} files, took {random.NextDouble():0.000}s")),
    };

    private static int Append(StringBuilder text, string layout, DateTime time, string level, string message, SeededRandom random)
    {
        string At(string format) => time.ToString(format, CultureInfo.InvariantCulture);
        var line = layout switch
        {
            "iso" => $"{At("yyyy-MM-dd'T'HH:mm:ss.fff'Z'")} {level,-5} worker-{random.Next(1, 5)} {message}",
            "python" => $"{At("yyyy-MM-dd HH:mm:ss,fff")} - shop.worker - {level} - {message}",
            "syslog" => $"{At("MMM")} {time.Day,2} {At("HH:mm:ss")} host1 shopd[{random.Next(900, 903)}]: {level}: {message}",
            "bracket" => $"[{At("yyyy-MM-dd HH:mm:ss")}] [{level.ToLowerInvariant()}] {message}",
            "logfmt" => $"time={At("yyyy-MM-dd'T'HH:mm:ss'Z'")} level={level.ToLowerInvariant()} msg=\"{message}\" worker={random.Next(1, 5)}",
            "klog" => $"{level[0]}{At("MMdd HH:mm:ss.ffffff")}   {random.Next(1, 9)} worker.go:{random.Next(100, 110)}] {message}",
            "serilog" => $"[{At("HH:mm:ss")} {(level switch { "ERROR" => "ERR", "WARN" => "WRN", "DEBUG" => "DBG", _ => "INF" })}] {message}",
            "log4j" => $"{At("yyyy-MM-dd HH:mm:ss.fff")} [pool-1-thread-{random.Next(1, 9)}] {level,-5} com.shop.Worker - {message}",
            "dotnet" => $"{(level switch { "ERROR" => "fail", "WARN" => "warn", "DEBUG" => "dbug", _ => "info" })}: Shop.Worker[{random.Next(0, 3)}]\n      {message}",
            "apache" => $"10.0.0.{random.Next(1, 20)} - - [{At("dd/MMM/yyyy:HH:mm:ss")} +0000] \"GET /{message.Replace(' ', '-')} HTTP/1.1\" {(level switch { "ERROR" => "503", "WARN" => "429", _ => "200" })} {random.Next(100, 9000)} \"-\" \"shop/1.0\"",
            "nginx" => $"{At("yyyy/MM/dd HH:mm:ss")} [{level.ToLowerInvariant()}] {random.Next(20, 24)}#0: *{random.Next(1, 9999)} {message}, client: 10.0.0.{random.Next(1, 20)}, server: shop",
            "epoch" => $"{new DateTimeOffset(time).ToUnixTimeMilliseconds() / 1000}.{time.Millisecond:000} {level} worker-{random.Next(1, 5)} {message}",
            "milliseconds" => $"{new DateTimeOffset(time).ToUnixTimeMilliseconds()} [{level}] {message}",
            "kernel" => $"[{(time - Timestamps.Base).TotalSeconds.ToString("0.000000", CultureInfo.InvariantCulture),12}] shop {level}: {message}",
            "twelve-hour" => $"{At("MMM d, yyyy h:mm:ss tt")} com.shop.Worker run\n{level}: {message}",
            "spaced" => $"{At("yyyy-MM-dd  HH:mm:ss")}  {level}  {message}",
            _ => $"{At("MM/dd/yyyy HH:mm:ss")} {(level switch { "ERROR" => "Error", "WARN" => "Warning", _ => "Information" })} ShopService {random.Next(100, 105)} {message}",
        };
        text.Append(line).Append('\n');
        return line.AsSpan().Count('\n') + 1;
    }
}
