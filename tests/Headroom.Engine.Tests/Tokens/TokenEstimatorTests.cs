using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Tokens;

public sealed class TokenEstimatorTests
{
    private static readonly Workload[] Workloads =
    [
        SearchResults.Generate(1000),
        SearchResults.Generate(300, metadata: true),
        LogEntries.Generate(500),
        ApiItems.Generate(300),
        DatabaseRows.Generate(500, DatabaseTable.Users),
        DatabaseRows.Generate(500, DatabaseTable.Metrics),
        DatabaseRows.Generate(500, DatabaseTable.Transactions),
        DatabaseRows.Generate(500, DatabaseTable.Mixed),
    ];

    private static int Estimate(ReadOnlySpan<byte> utf8) => TokenEstimator.Instance.Count(utf8);

    private static double Error(ReadOnlySpan<byte> utf8) => ((double)Estimate(utf8) / TokenCounters.O200kBase.Count(utf8)) - 1;

    [Fact]
    public void The_error_over_captured_and_generated_data_is_small()
    {
        var errors = new List<double>();
        Print("| input | bytes | exact | estimate | error |");
        Print("|---|--:|--:|--:|--:|");
        foreach (var (name, utf8) in Inputs())
        {
            var error = Error(utf8);
            errors.Add(Math.Abs(error));
            Print(string.Create(CultureInfo.InvariantCulture,
                $"| {name} | {utf8.Length:N0} | {TokenCounters.O200kBase.Count(utf8):N0} | {Estimate(utf8):N0} | {100 * error:+0.00;-0.00;0.00} % |"));
        }

        errors.Sort();
        Print(string.Create(CultureInfo.InvariantCulture,
            $"{errors.Count} inputs: median {100 * Percentile(errors, 0.5):0.00} %, 95th percentile {100 * Percentile(errors, 0.95):0.00} %, largest {100 * errors[^1]:0.00} %"));
        Assert.InRange(Percentile(errors, 0.5), 0, 0.005);
        Assert.InRange(Percentile(errors, 0.95), 0, 0.04);
        Assert.InRange(errors[^1], 0, 0.085);
    }

    [Fact]
    public void A_sample_of_a_long_text_is_nearly_as_good_as_the_whole()
    {
        var errors = Inputs().Where(i => i.Utf8.Length >= 1 << 15)
            .Select(i => Math.Abs(((double)TokenEstimator.Instance.Sample(i.Utf8) / TokenCounters.O200kBase.Count(i.Utf8)) - 1)).Order().ToList();
        Print(string.Create(CultureInfo.InvariantCulture,
            $"{errors.Count} long inputs, sampled: median {100 * Percentile(errors, 0.5):0.00} %, 95th percentile {100 * Percentile(errors, 0.95):0.00} %, largest {100 * errors[^1]:0.00} %"));
        Assert.InRange(Percentile(errors, 0.5), 0, 0.01);
        Assert.InRange(errors[^1], 0, 0.06);
    }

    [Fact]
    public void The_error_of_a_ratio_between_two_forms_of_the_same_data_is_small()
    {
        var errors = new List<double>();
        Print("| rows | form | exact share of pretty JSON | estimated | error |");
        Print("|---|---|--:|--:|--:|");
        foreach (var (name, rows) in Tables())
        {
            var pretty = JsonLayouts.WriteUtf8(rows, JsonLayout.Pretty);
            foreach (var (form, utf8) in new[] { ("compact JSON", JsonLayouts.WriteUtf8(rows, JsonLayout.Compact)), ("table", Table(rows)) })
            {
                var exact = (double)TokenCounters.O200kBase.Count(utf8) / TokenCounters.O200kBase.Count(pretty);
                var estimated = (double)Estimate(utf8) / Estimate(pretty);
                errors.Add(Math.Abs((estimated / exact) - 1));
                Print(string.Create(CultureInfo.InvariantCulture, $"| {name} | {form} | {exact:0.000} | {estimated:0.000} | {100 * ((estimated / exact) - 1):+0.00;-0.00;0.00} % |"));
            }
        }

        errors.Sort();
        Print(string.Create(CultureInfo.InvariantCulture, $"{errors.Count} ratios: median {100 * Percentile(errors, 0.5):0.00} %, largest {100 * errors[^1]:0.00} %"));
        Assert.InRange(Percentile(errors, 0.5), 0, 0.005);
        Assert.InRange(errors[^1], 0, 0.04);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"id\": 12345678, \"created_at\": \"2025-01-01T12:00:00Z\", \"is_verified\": null}")]
    [InlineData("I don't think we'd've SHOUTED; parseHTTPResponse(x) != camelCase && snake_case_name")]
    [InlineData("line one\r\n\r\n\tindented\n        deeper  \n\n\n// comment\n/* more */ http://example.com/a/b?c=d&e=f")]
    [InlineData("   \t  trailing spaces   ")]
    [InlineData("1234567 1 22 333 4444 -5.25e-7 0x1F 2025-11-22 12:00:01,250")]
    [InlineData("— “quoted” … 😀 · naïve Größe")]
    public void Texts_of_common_pieces_are_counted_exactly(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Assert.Equal(TokenCounters.O200kBase.Count(utf8), Estimate(utf8));
    }

    [Property(MaxTest = 500)]
    public bool Any_bytes_give_a_number_between_none_and_one_token_a_byte(byte[] bytes)
    {
        var estimate = Estimate(bytes);
        return estimate >= (bytes.Length > 0 ? 1 : 0) && estimate <= (3 * bytes.Length) && estimate == Estimate(bytes);
    }

    [Property(MaxTest = 500)]
    public bool Random_ascii_is_not_far_off(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var utf8 = new byte[400];
        foreach (ref var b in utf8.AsSpan())
        {
            b = (byte)random.Next(9, 127);
        }

        return Math.Abs(Error(utf8)) < 0.12;
    }

    [Theory]
    [InlineData("ja", "これはテストです。東京の天気は晴れ、気温は二十五度です。明日は雨が降るでしょう。")]
    [InlineData("zh", "这是一个测试。今天北京的天气晴朗，气温二十五度。明天可能会下雨，请带伞。")]
    [InlineData("ru", "Это проверка. Сегодня в Москве ясная погода, температура двадцать пять градусов.")]
    [InlineData("de", "Dies ist eine Prüfung. Heute ist das Wetter in München heiter, morgen könnte es regnen.")]
    [InlineData("ko", "이것은 시험입니다. 오늘 서울의 날씨는 맑고 기온은 이십오 도입니다.")]
    [InlineData("ar", "هذا اختبار. الطقس اليوم في القاهرة مشمس ودرجة الحرارة خمس وعشرون.")]
    public void Other_languages_are_within_a_quarter(string language, string text)
    {
        Assert.InRange(Error(Encoding.UTF8.GetBytes(text)), -0.25, 0.25);
        Assert.Equal(2, language.Length);
    }

    /// <summary>What terminals draw with, what separates, and what is left blank.</summary>
    public static TheoryData<string> Runs() =>
        new(["-", "=", "*", "_", "#", "~", "+", ".", "!", "?", "<", ",", "|", "\\", "\"", ";", "\n", "\r\n", "\t", " ", "─", "━", "═", "│", "█", "▓", "·", "•", "…", "—", "→", "✔", "☐", "💥", "\u00a0"]);

    [Theory]
    [MemberData(nameof(Runs))]
    public void Runs_of_one_character_take_about_what_they_take(string unit)
    {
        foreach (var length in new[] { 2, 3, 5, 8, 16, 31, 40, 63, 64, 80, 100, 200, 1_000 })
        {
            var text = Encoding.UTF8.GetBytes($"a{string.Concat(Enumerable.Repeat(unit, length))}b");
            var exact = TokenCounters.O200kBase.Count(text);

            Assert.InRange(Estimate(text), (exact * 0.6) - 1, (exact * 1.5) + 3);
        }
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        var utf8 = Workloads[0].Utf8(JsonLayout.Pretty);
        Estimate(utf8);

        // The least of several, because the runtime itself allocates on this thread while it compiles the loop better.
        var least = long.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            Estimate(utf8);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Long_runs_of_anything_take_one_pass()
    {
        foreach (var unit in (string[])["a", "A", "1", " ", "\n", "=", "\t", "漢", "😀", "é", "\u0301"])
        {
            var utf8 = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(unit, 300_000)));
            Assert.InRange(Estimate(utf8), 1, utf8.Length);
        }
    }

    private static IEnumerable<(string Name, byte[] Utf8)> Inputs() =>
    [
        .. Fixtures.Json.Concat(Fixtures.In("text")).Select(f => (f.Name, f.Utf8())),
        .. Workloads.SelectMany(w => Enum.GetValues<JsonLayout>().Select(l => ($"{w.Name}, {l.ToString().ToLowerInvariant()}", w.Utf8(l)))),
        .. Tables().Select(t => ($"{t.Name}, table", Table(t.Rows))),
    ];

    private static IEnumerable<(string Name, JsonArray Rows)> Tables() =>
    [
        .. Workloads.Select(w => (w.Name, w.Rows)),
        .. Fixtures.Json.Select(f => (f.Name, Rows: JsonNode.Parse(f.Utf8()) as JsonArray)).Where(f => f.Rows is [JsonObject, ..]).Select(f => (f.Name, f.Rows!)),
    ];

    private static byte[] Table(JsonArray rows)
    {
        var columns = rows.OfType<JsonObject>().SelectMany(row => row.Select(m => m.Key)).Distinct(StringComparer.Ordinal).ToArray();
        var text = new StringBuilder().AppendJoin(',', columns).Append('\n');
        foreach (var row in rows.OfType<JsonObject>())
        {
            text.AppendJoin(',', columns.Select(c => row[c] is JsonValue value ? value.ToString() : JsonLayouts.Write(row[c], JsonLayout.Compact))).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static double Percentile(List<double> sorted, double share) => sorted[(int)(share * (sorted.Count - 1))];

    private static void Print(string line) => TestContext.Current.TestOutputHelper!.WriteLine(line);
}
