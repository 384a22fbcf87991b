using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Logs;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Logs;

public sealed class StackTraceTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static string View(string text, int budget) => Encoding.UTF8.GetString(new StackTraceCompressor().Open(Encoding.UTF8.GetBytes(text), Cancellation)!
        .View(new ViewRequest(budget, Relevance.None, missing => $"[{missing}]"), Cancellation)!.Output);

    // Twenty chained exceptions between frames of a framework, own frames outermost.
    private static string Chain() => string.Concat(Enumerable.Range(0, 20).Select(i =>
        $"{(i == 0 ? "" : " ---> ")}Shop.Level{i}Exception: step {i} of the order could not be done\n"
        + string.Concat(Enumerable.Range(0, 15).Select(f => $"   at Microsoft.AspNetCore.Layer{i}.Part{f}.Invoke(HttpContext context)\n"))
        + $"   at Shop.Orders.Step{i}(Order order) in /home/dev/app/Orders.cs:line {i + 10}\n"));

    [Fact]
    public void Every_message_and_the_own_frames_stay_and_framework_frames_are_counted()
    {
        var view = View(Chain(), 1500);
        for (var i = 0; i < 20; i++)
        {
            Assert.Contains($"Shop.Level{i}Exception: step {i} of the order could not be done\n", view, StringComparison.Ordinal);
        }

        Assert.Contains("   at Microsoft.AspNetCore.Layer0.Part0.Invoke(HttpContext context)\n", view, StringComparison.Ordinal);
        Assert.Contains(" of Microsoft.AspNetCore]\n", view, StringComparison.Ordinal);
        Assert.EndsWith("of 340 lines not shown]", view, StringComparison.Ordinal);
        Assert.Contains("   at Shop.Orders.Step3(Order order)", View(Chain(), 5000), StringComparison.Ordinal);
    }

    [Fact]
    public void A_larger_budget_never_shows_less()
    {
        var before = new HashSet<string>();
        foreach (var budget in (int[])[200, 500, 1000, 2000, 4000])
        {
            var shown = View(Chain(), budget).Split('\n').Where(line => !line.StartsWith('[')).ToHashSet();
            Assert.Superset(before, shown);
            before = shown;
        }
    }

    [Fact]
    public void Deep_recursion_is_folded_without_loss()
    {
        var trace = Fixtures.Named("log/trace-java-overflow.log").Utf8();
        var result = ContentRouter.Compress(trace, new CompressionOptions { Kind = ContentKind.StackTrace, Level = CompressionLevel.Lossless }, Cancellation);
        Assert.InRange(result.Output.Length, 1, trace.Length / 50);
        Assert.Equal(trace, ContentNotation.Decode(result.Output.Span));
    }

    [Theory]
    [InlineData("   at System.Text.Json.JsonSerializer.Read()", true)]
    [InlineData("\tat java.base/java.lang.Integer.parseInt(Integer.java:668)", true)]
    [InlineData("    at Module._compile (node:internal/modules/cjs/loader:1256:14)", true)]
    [InlineData("  File \"/usr/lib/python3.11/json/decoder.py\", line 355, in raw_decode", true)]
    [InlineData("   3: core::panicking::panic_bounds_check", true)]
    [InlineData("   at Shop.Cart.Add(Item item) in /home/dev/app/Cart.cs:line 3", false)]
    [InlineData("  File \"/home/dev/app/tr.py\", line 3, in r", false)]
    [InlineData("   4: b::f", false)]
    public void Frames_of_frameworks_are_known(string line, bool isFramework)
    {
        Assert.True(StackFrames.IsFrame(Encoding.UTF8.GetBytes(line)));
        Assert.Equal(isFramework, StackFrames.IsFramework(Encoding.UTF8.GetBytes(line)));
    }
}
