using System.Text;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

public sealed class StoredOriginalTests
{
    [Property(MaxTest = 300)]
    public void An_original_comes_back_and_under_any_other_length_it_does_not(byte[] bytes, int repeats, int off)
    {
        byte[] original = [.. Enumerable.Repeat(bytes ?? [], 1 + (Math.Abs(repeats % 9))).SelectMany(part => part)];
        var stored = StoredOriginal.Encode(original);
        Assert.Equal(original, stored.Decode());
        Assert.Equal(original.Length, stored.Length);
        if (off != 0)
        {
            Assert.Null((stored with { Length = stored.Length + off }).Decode());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_body_that_was_cut_is_no_original(bool isPacked)
    {
        var original = !isPacked ? "short"u8.ToArray() : Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("the same again, ", 40)));
        var stored = StoredOriginal.Encode(original);
        Assert.Equal(isPacked ? OriginalEncoding.Brotli : OriginalEncoding.None, stored.Encoding);
        for (var length = 0; length < stored.Body.Length; length++)
        {
            Assert.Null((stored with { Body = stored.Body[..length] }).Decode());
        }
    }
}
