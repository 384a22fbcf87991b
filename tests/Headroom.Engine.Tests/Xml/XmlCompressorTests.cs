using System.Globalization;
using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Xml;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Xml;

public sealed class XmlCompressorTests
{
    private static string? View(string xml, int budget = 2_000) =>
        new XmlCompressor().Open(Encoding.UTF8.GetBytes(xml), default)?.View(new ViewRequest(budget, Relevance.None, m => $"[{m}]"), default) is { } view
            ? Encoding.UTF8.GetString(view.Output)
            : null;

    [Fact]
    public void Elements_become_rows_and_what_is_left_out_is_said() => Assert.Equal(
        """
        [xml view of 6 lines: elements as JSON, @ before attributes]
        {tests:{"@name":all,case:[3]{@name,@time,failure}
        a,0.1
        b,0.2,{"@message":1 is not 2,#text:at b.cs:5}
        c,007
        }}
        [1 comments, white space and order among different elements not shown]
        """.ReplaceLineEndings("\n"),
        View("""
            <?xml version="1.0" encoding="utf-16"?><tests name="all">
              <case name="a" time="0.1"/>
              <!-- slow -->
              <case name="b" time="0.2"><failure message="1 is not 2">at b.cs:5</failure></case>
              <case name="c" time="007"/>
            </tests>
            """));

    [Fact]
    public void Every_failing_test_is_shown_with_its_message()
    {
        var xml = Encoding.UTF8.GetString(Fixtures.Named("xml/unittest-junit.xml").Utf8());
        var view = View(xml)!;
        for (var i = 3; i < 150; i += 17)
        {
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"total of cart {i}"), view, StringComparison.Ordinal);
        }

        Assert.Contains("gateway did not answer within 30 s", view, StringComparison.Ordinal);
        Assert.Contains("needs a database", view, StringComparison.Ordinal);
        Assert.Contains(" of 150 rows not shown; nor white space", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_test_is_shown_at_every_tenth()
    {
        foreach (var count in new[] { 20, 200, 5_000 })
        {
            for (var tenth = 0; tenth < 10; tenth++)
            {
                var at = tenth * (count - 1) / 9;
                var xml = new StringBuilder("<testsuite>");
                for (var i = 0; i < count; i++)
                {
                    xml.Append(CultureInfo.InvariantCulture, $"<testcase name=\"case{i}\" time=\"0.0{i % 7}\">{(i == at ? "<failure message=\"Expected 1 but was 2\"/>" : "")}</testcase>\n");
                }

                var view = View(xml.Append("</testsuite>").ToString())!;
                Assert.Contains("Expected 1 but was 2", view, StringComparison.Ordinal);

                // The header may have what all names begin with.
                Assert.Matches(string.Create(CultureInfo.InvariantCulture, $"(?m)(case|^){at},"), view);
            }
        }
    }

    [Fact]
    public void Nothing_is_left_out_where_it_could_not_be_had_back()
    {
        // D-13
        foreach (var fixture in Fixtures.In("xml"))
        {
            Assert.Equal(Rung.Original, ContentRouter.Compress(fixture.Utf8(), new CompressionOptions { Kind = ContentKind.Xml }, TestContext.Current.CancellationToken).Rung);
        }
    }

    [Theory]
    [InlineData("<a><b></a>")]
    [InlineData("<a/><b/>")]
    [InlineData("plain")]
    [InlineData("")]
    [InlineData("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>")]
    public void What_is_not_well_formed_or_refers_to_other_files_is_left_alone(string xml) =>
        Assert.DoesNotContain("root:", View(xml) ?? "", StringComparison.Ordinal);

    [Property(MaxTest = 500)]
    public void Any_bytes_are_read_without_a_failure(byte[] bytes) => _ = new XmlCompressor().Open(bytes ?? [], default);

    [Fact]
    public void Deep_nesting_is_left_alone() => Assert.Null(View(string.Concat(Enumerable.Repeat("<a>", 10_000)) + string.Concat(Enumerable.Repeat("</a>", 10_000))));
}
