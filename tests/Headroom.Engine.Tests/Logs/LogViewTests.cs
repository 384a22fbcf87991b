using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Logs;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Logs;

public sealed partial class LogViewTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Captured() => [.. Fixtures.In("log").Select(fixture => fixture.Name)];

    public static TheoryData<string, string> LayoutsAndNeedles()
    {
        var data = new TheoryData<string, string>();
        foreach (var layout in TextLogs.Layouts.AddRange(TextLogs.RareLayouts))
        {
            foreach (var needle in (string[])["error", "warning", "rare", "outlier", "id"])
            {
                // There a message is a path, and its numbers are part of a name.
                if (needle is not "outlier" || layout is not "apache")
                {
                    data.Add(layout, needle);
                }
            }
        }

        return data;
    }

    private static string? View(string text, int budget = 2000, Relevance? relevance = null) =>
        new LogCompressor().Open(Encoding.UTF8.GetBytes(text), Cancellation)?
            .View(new ViewRequest(budget, relevance ?? Relevance.None, missing => $"[{missing}]"), Cancellation) is { } view
            ? Encoding.UTF8.GetString(view.Output) : null;

    private static string Balanced(string text) => Encoding.UTF8.GetString(ContentRouter.Compress(
        Encoding.UTF8.GetBytes(text), new CompressionOptions { Kind = ContentKind.Log, Marker = missing => $"[{missing}]" }, Cancellation).Output.Span);

    /// <summary>The numbers of the lines a view shows. Fails unless every line is either shown as it is, in order, or named in a note.</summary>
    private static List<int> ShownLines(string text, string view)
    {
        var lines = text.Split('\n');
        var count = text.EndsWith('\n') ? lines.Length - 1 : lines.Length;
        var shown = new List<int>();
        var at = 0;
        foreach (var line in view.Split('\n').Skip(1))
        {
            if (at == count && line.StartsWith("[all ", StringComparison.Ordinal))
            {
                break;
            }

            if (GapNote().Match(line) is { Success: true } gap)
            {
                Assert.Equal(at + 1, Number(gap.Groups[1]));
                var to = gap.Groups[2].Success ? Number(gap.Groups[2]) : at + 1;
                if (gap.Groups[3].Success)
                {
                    var from = Number(gap.Groups[3]) - 1;
                    Assert.Equal(lines[from..(from + to - at)], lines[at..to]);
                }

                at = to;
                continue;
            }

            Assert.Equal(lines[at].TrimEnd('\r'), line.TrimEnd('\r').StartsWith('\\') ? line[1..].TrimEnd('\r') : line.TrimEnd('\r'));
            shown.Add(at++);
        }

        Assert.Equal(count, at);
        return shown;

        static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^\[\.\.\. (\d+)(?:-(\d+))?(?: as (\d+)-(\d+))?\]$")]
    private static partial Regex GapNote();

    [Theory]
    [MemberData(nameof(Captured))]
    public void A_view_shows_lines_as_they_are_in_order_and_names_every_other(string name)
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());
        if (View(text) is { } view)
        {
            var shown = ShownLines(text, view);
            Assert.Equal(0, shown[0]);
            var lines = text.Split('\n').Length - (text.EndsWith('\n') ? 1 : 0);
            Assert.Equal(lines - 1, shown[^1]);
            Assert.EndsWith($"[{lines - shown.Count} of {lines} lines not shown]", view, StringComparison.Ordinal);
        }
    }

    [Property(MaxTest = 300, Arbitrary = [typeof(RandomLog)])]
    public void So_does_a_view_of_any_log(RandomLog log)
    {
        if (!log.Text.Contains('\r', StringComparison.Ordinal) && View(log.Text, 100) is { } view)
        {
            ShownLines(log.Text, view);
        }
    }

    [Theory]
    [MemberData(nameof(Captured))]
    public void A_larger_budget_never_shows_less(string name)
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named(name).Utf8());
        var before = new List<int>();
        foreach (var budget in (int[])[50, 200, 400, 800, 1600, 2000, 4000, 16_000])
        {
            if (View(text, budget) is not { } view)
            {
                break;
            }

            var shown = ShownLines(text, view);
            Assert.Empty(before.Except(shown));
            before = shown;
        }
    }

    [Theory]
    [MemberData(nameof(LayoutsAndNeedles))]
    public void A_needle_in_each_tenth_is_seen_or_can_be_recovered(string layout, string needle)
    {
        foreach (var lines in (int[])[20, 100, 500, 5000])
        {
            var log = TextLogs.Generate(layout, lines, 11, needle);
            Assert.Equal(10, log.Planted.Length);
            var output = Balanced(log.Text);
            var isView = NotationHeader.TryRead(Encoding.UTF8.GetBytes(output), out var header, out _) && header.IsView;
            if (!isView && header.Name is not null)
            {
                output = Encoding.UTF8.GetString(ContentNotation.Decode(Encoding.UTF8.GetBytes(output))!);
            }

            foreach (var planted in log.Planted)
            {
                Assert.True(output.Contains(planted.Evidence, StringComparison.Ordinal) || (needle is "id" && output.EndsWith("lines not shown]", StringComparison.Ordinal)),
                    $"{needle} of line {planted.Line} of {lines} in {layout}");
            }
        }
    }

    [Theory]
    [InlineData(800)]
    [InlineData(2000)]
    public void What_is_seldom_in_an_access_log_is_shown(int budget)
    {
        var text = Encoding.UTF8.GetString(Fixtures.Named("log/access.log").Utf8());
        var view = View(text, budget)!;
        ShownLines(text, view);
        foreach (var seldom in (string[])["\"DELETE /api/orders/991 ", "\"GET /wp-admin/setup.php ", "HTTP/1.1\" 502 ", "HTTP/1.1\" 200 99812345 ", "\"POST /api/login HTTP/1.1\" 429 "])
        {
            Assert.Contains(view.Split('\n'), line => line.StartsWith("10.", StringComparison.Ordinal) && line.Contains(seldom, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("GET /api/items/{0} HTTP/1.1\" 206 512")]
    [InlineData("GET /api/items/{0} HTTP/1.1\" 403 512")]
    [InlineData("PATCH /api/items/{0} HTTP/1.1\" 200 512")]
    [InlineData("GET /backup/items/{0} HTTP/1.1\" 200 512")]
    [InlineData("GET /api/items/{0} HTTP/1.1\" 200 73000512")]
    public void One_odd_request_among_thousands_is_shown(string request)
    {
        var random = new SeededRandom(3);
        var text = string.Concat(Enumerable.Range(0, 5000).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"10.0.{random.Next(9)}.{random.Next(99)} - - [22/Nov/2026:10:{i / 60 % 60:00}:{i % 60:00} +0000] \"{(i == 3210 ? string.Format(CultureInfo.InvariantCulture, request, 777_777) : $"{random.Pick(["GET", "GET", "POST"])} /{random.Pick(["api", "shop", "static"])}/items/{random.Next(9999)} HTTP/1.1\" {random.Pick<int>([200, 200, 304, 404])} {random.Next(200, 9000)}")}\n")));
        var view = View(text, 800)!;
        Assert.Contains(3210, ShownLines(text, view));
    }

    [Theory]
    [InlineData(800)]
    [InlineData(2000)]
    public void Where_errors_are_two_fifths_of_thirty_shapes_every_message_is_shown(int budget)
    {
        var text = string.Concat(Enumerable.Range(0, 4000).Select(i => string.Create(
            CultureInfo.InvariantCulture,
            $"2026-11-22 10:{i / 60 % 60:00}:{i % 60:00},000 {(i % 5 < 2 ? $"ERROR {Verbs[i / 5 % 30 % 6]} of {Things[i / 5 % 30 / 6]} went wrong after {i} ms" : $"INFO request {i} done")}\n")));
        var view = View(text, budget)!;
        var shown = ShownLines(text, view).Select(line => text.Split('\n')[line]).ToList();
        foreach (var message in Verbs.SelectMany(verb => Things.Select(thing => $"ERROR {verb} of {thing} went wrong")))
        {
            Assert.Contains(shown, line => line.Contains(message, StringComparison.Ordinal));
        }
    }

    private static readonly string[] Verbs = ["reading", "writing", "closing", "locking", "moving", "checking"];
    private static readonly string[] Things = ["ledger", "index", "basket", "archive", "mailbox"];

    [Fact]
    public void Every_hidden_line_is_counted_once_in_the_profile()
    {
        var text = TextLogs.Generate("python", 3000, 5, "error").Text;
        var view = View(text)!;
        var counted = view.Split('\n').Select(line => ProfileRow().Match(line)).Where(row => row.Success).Sum(row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.Equal(3000 - ShownLines(text, view).Count, counted);
    }

    [GeneratedRegex(@"^\[(\d+)x[ \]]")]
    private static partial Regex ProfileRow();

    [Fact]
    public void Lines_around_an_error_are_shown_where_the_budget_allows()
    {
        var log = TextLogs.Generate("python", 3000, 5, "error");
        var view = View(log.Text, 3000)!;
        var shown = ShownLines(log.Text, view);
        Assert.All(log.Planted, planted => Assert.Superset(new HashSet<int> { planted.Line - 1, planted.Line, planted.Line + 1 }, shown.ToHashSet()));
    }

    [Fact]
    public void A_hundred_and_fifty_lines_of_information_keep_head_tail_and_every_statement()
    {
        var text = string.Concat(Enumerable.Range(0, 150).Select(i =>
            $"2025-06-24 10:{i / 60:00}:{i % 60:00} INFO {(i % 3 == 0 ? $"order {i} stored" : i % 3 == 1 ? $"mail {i} sent to user{i}" : $"stock of item {i} counted: {i * 7}")}\n"));
        Assert.Equal(text, Encoding.UTF8.GetString(ContentNotation.Decode(Encoding.UTF8.GetBytes(Balanced(text)))!));

        var view = View(text, 300)!;
        var shown = ShownLines(text, view);
        Assert.Empty(new[] { 0, 1, 2, 147, 148, 149 }.Except(shown));
        Assert.Contains("order {} stored: ", view, StringComparison.Ordinal);
        Assert.Contains("mail {} sent to user{}: ", view, StringComparison.Ordinal);
        Assert.Contains("stock of item {} counted: {}: ", view, StringComparison.Ordinal);
        Assert.Contains("2025-06-24 10:00:00 to 10:02:29: 150 information", view, StringComparison.Ordinal);
    }

    [Fact]
    public void Twelve_failures_keep_twelve_messages()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 600; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"2025-06-24 10:{i / 60:00}:{i % 60:00},000 DEBUG step {i} of case {i / 50} passed\n");
            if (i % 50 == 25)
            {
                text.Append(CultureInfo.InvariantCulture, $"2025-06-24 10:{i / 60:00}:{i % 60:00},500 ERROR case {i / 50} broke\nTraceback (most recent call last):\n")
                    .Append("  File \"/home/dev/app/cart.py\", line 12, in total\n    return sum(lines)\n           ^^^^^^^^^^\n")
                    .Append(CultureInfo.InvariantCulture, $"AssertionError: total was {i * 37} and should be {i * 36}\n");
            }
        }

        var view = View(text.ToString(), 200)!;
        ShownLines(text.ToString(), view);
        for (var i = 25; i < 600; i += 50)
        {
            Assert.Contains($"AssertionError: total was {i * 37} and should be {i * 36}\n", view, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Where_errors_are_most_of_the_log_every_different_one_is_shown()
    {
        string[] messages = ["disk is full", "peer closed the connection", "lease was lost", "quota of tenant exceeded", "checksum differs"];
        var text = string.Concat(Enumerable.Range(0, 2000).Select(i =>
            $"2025-06-24T10:{i / 60 % 60:00}:{i % 60:00}Z ERROR shop.node {messages[i % 97 % messages.Length]}, code {i}\n"));
        var view = View(text)!;
        var shown = ShownLines(text, view);
        Assert.InRange(shown.Count, 5, 60);
        foreach (var message in messages)
        {
            Assert.Contains(text.Split('\n').Index().Where(line => shown.Contains(line.Index)), line => line.Item.Contains(message, StringComparison.Ordinal));
        }

        Assert.Contains("2000 error", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stack_that_was_shown_is_named_and_its_message_shown()
    {
        var text = string.Concat(Enumerable.Range(0, 400).Select(i =>
            $"2025-06-24 10:{i / 60:00}:{i % 60:00} INFO job {i} done\n" + (i % 100 != 50 ? ""
                : $"2025-06-24 10:{i / 60:00}:{i % 60:00} ERROR job {i} failed\nSystem.IO.IOException: no space for {i}\n" + string.Concat(Enumerable.Range(0, 12).Select(f => $"   at Shop.Part{f}.Run()\n")))));
        var view = View(text)!;
        ShownLines(text, view);
        Assert.Equal(1, view.Split("Shop.Part3.Run").Length - 1);
        foreach (var i in (int[])[50, 150, 250, 350])
        {
            Assert.Contains($"System.IO.IOException: no space for {i}\n", view, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2000)]
    public void A_message_anywhere_inside_a_long_entry_is_shown(int budget)
    {
        for (var depth = 1; depth < 99; depth += 7)
        {
            var stack = Enumerable.Range(0, 100).Select(frame => frame == depth
                ? "Caused by: java.io.IOException: the disk behind the ledger is full\n"
                : $"\tat com.example.layer{frame % 7}.Part{frame}.call(Part{frame}.java:{frame + 10})\n");
            var text = string.Concat(Enumerable.Range(0, 300).Select(i => $"2026-01-02 03:{i / 60:00}:{i % 60:00},000 INFO worker took {i * 7 % 97} ms\n"
                + (i == 150 ? "2026-01-02 03:02:30,500 ERROR order 77 could not be booked\n" + string.Concat(stack) : "")));
            Assert.Contains("\nCaused by: java.io.IOException: the disk behind the ledger is full\n", View(text, budget)!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Lines_that_look_like_notes_are_told_apart()
    {
        var log = TextLogs.Generate("iso", 600, 5).Text.Split('\n');
        log[0] = "[... 2-590]";
        log[1] = "[all 5 lines, nothing happened]";
        log[2] = "[500x 12:00:00] all is well";
        log[3] = "\\[... 7]";
        var text = string.Join('\n', log);
        var view = View(text)!;
        Assert.Equal([0, 1, 2], ShownLines(text, view)[..3]);
        Assert.DoesNotContain("\n[... 2-590]", view, StringComparison.Ordinal);
        Assert.DoesNotContain("\n[500x 12:00:00] all is well", view, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_asked_for_is_shown()
    {
        var log = TextLogs.Generate("log4j", 1000, 9, "id");
        var keep = new Relevance(null, [new Regex("id-[0-9a-f]{10}", RegexOptions.CultureInvariant)]);
        var view = View(log.Text, 500, keep)!;
        ShownLines(log.Text, view);
        Assert.All(log.Planted, planted => Assert.Contains(planted.Evidence, view, StringComparison.Ordinal));
        Assert.Contains(log.Planted, planted => !View(log.Text, 500)!.Contains(planted.Evidence, StringComparison.Ordinal));
    }

    [Fact]
    public void Silence_and_bursts_are_told()
    {
        var text = new StringBuilder();
        for (var i = 0; i < 300; i++)
        {
            var time = new DateTime(2025, 1, 1, 10, 0, 0, DateTimeKind.Utc).AddSeconds(i < 150 ? i : i + 3000);
            text.Append(CultureInfo.InvariantCulture, $"{time:yyyy-MM-dd HH:mm:ss} INFO beat {i}\n");
        }

        var view = View(text.ToString(), 200)!;
        Assert.Contains("silent 10:02:29 to 10:52:30", view, StringComparison.Ordinal);
        Assert.Contains("busiest ", view, StringComparison.Ordinal);
    }

    [Fact]
    public void The_choice_does_not_depend_on_the_marker()
    {
        var log = TextLogs.Generate("python", 2000, 5, "warning").Text;
        var forms = new LogCompressor().Open(Encoding.UTF8.GetBytes(log), Cancellation)!;
        var left = forms.View(new ViewRequest(900, Relevance.None, _ => "[m]"), Cancellation)!;
        var right = forms.View(new ViewRequest(900, Relevance.None, _ => $"[{new string('x', 400)}]"), Cancellation)!;
        Assert.Equal(left.Output[..^left.MarkerBytes], right.Output[..^right.MarkerBytes]);
    }

    [Fact]
    public void Prose_has_no_view() => Assert.Null(View(string.Concat(Enumerable.Range(0, 900).Select(i => $"Chapter {i} tells of the sea and of those who sail it.\n"))));
}
