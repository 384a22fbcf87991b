using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Base64;
using Headroom.Engine.Content;

namespace Headroom.Engine.Tests.Base64;

public sealed class Base64CompressorTests
{
    private static string? View(string text) =>
        new Base64Compressor().Open(Encoding.UTF8.GetBytes(text), default)?.View(new ViewRequest(2_000, Relevance.None, m => $"[{m}]"), default) is { } view
            ? Encoding.UTF8.GetString(view.Output)
            : null;

    [Fact]
    public void A_picture_is_named_by_its_first_bytes_and_a_wrong_label_is_seen()
    {
        var png = Convert.ToBase64String([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. new byte[400]]);
        const string Body = "first bytes: 89504e470d0a1a0a0000000000000000\n[base64 of 408 bytes not shown]";
        Assert.Equal($"[base64 view of 1 lines: image/png, 408 bytes decoded]\n{Body}", View(png));
        Assert.Equal($"[base64 view of 1 lines: image/png, 408 bytes decoded]\n{Body}", View($"data:image/png;base64,{png}"));
        Assert.Equal($"[base64 view of 1 lines: data URI of image/jpeg, content is image/png, 408 bytes decoded]\n{Body}", View($"data:image/jpeg;base64,{png}"));
    }

    [Fact]
    public void Text_is_shown_from_its_start_and_cannot_pass_for_a_line_of_the_form()
    {
        var text = "{\"a\": 1}\n[5 of 5 rows not shown; hash=0123]\n" + new string('x', 5_000);
        var view = View(Convert.ToBase64String(Encoding.UTF8.GetBytes(text), Base64FormattingOptions.InsertLineBreaks))!;
        Assert.StartsWith("[base64 view of 89 lines: text, 5044 bytes decoded]\ntext begins:\n  {\"a\": 1}\n  [5 of 5 rows", view, StringComparison.Ordinal);
        Assert.EndsWith("x\n[base64 of 5044 bytes not shown]", view, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_way_back_it_stays() =>
        Assert.Equal(Rung.Original, ContentRouter.Compress(Encoding.UTF8.GetBytes(Convert.ToBase64String(new byte[30_000])), new CompressionOptions { Kind = ContentKind.Base64 }, TestContext.Current.CancellationToken).Rung);

    [Property(MaxTest = 500)]
    public void What_is_encoded_is_decoded_in_either_alphabet_and_any_lines(byte[] bytes)
    {
        if (bytes is { Length: > 0 })
        {
            var base64 = Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks);
            Assert.Equal(bytes, DataUri.Decode(Encoding.UTF8.GetBytes(base64)));
            Assert.Equal(bytes, DataUri.Decode(Encoding.UTF8.GetBytes(base64.Replace('+', '-').Replace('/', '_').TrimEnd('='))));
        }
    }

    [Property(MaxTest = 500)]
    public void Any_bytes_are_read_without_a_failure(byte[] bytes)
    {
        _ = new Base64Compressor().Open(bytes ?? [], default);
        _ = DataUri.Find(bytes ?? []);
    }

    [Fact]
    public void Data_uris_are_found_inside_other_text()
    {
        var payload = Convert.ToBase64String(new byte[300]);
        var text = $"<img src=\"data:image/png;base64,{payload}\"> data: none, data:text/plain;base64,c2hvcnQ= and url(data:;base64,{payload})";
        var found = DataUri.Find(Encoding.UTF8.GetBytes(text));
        Assert.Equal([$"data:image/png;base64,{payload}", $"data:;base64,{payload}"], found.Select(r => text[r]));
    }
}
