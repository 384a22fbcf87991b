using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;

namespace Headroom.Engine.Tests.Diagnostics;

public sealed class FailureTests
{
    [Fact]
    public void Type_and_place_are_told_and_never_a_text_that_may_quote_content()
    {
        var thrown = Assert.Throws<FormatException>(() => Fail("canary"));
        Assert.Equal("FormatException of InvalidOperationException in FailureTests.Fail", new Failure(thrown).ToString());
    }

    [Fact]
    public async Task The_place_in_asynchronous_code_is_the_method_that_was_written()
    {
        var thrown = await Assert.ThrowsAsync<FormatException>(async () => await FailLaterAsync());
        Assert.Equal("FormatException of InvalidOperationException in FailureTests.Fail", new Failure(thrown).ToString());
        var own = await Assert.ThrowsAsync<InvalidOperationException>(async () => await ThrowAsync());
        Assert.Equal("InvalidOperationException in FailureTests.ThrowAsync", new Failure(own).ToString());
        Action lambda = () => throw new InvalidOperationException();
        Assert.StartsWith("InvalidOperationException in FailureTests.The_place", new Failure(Assert.Throws<InvalidOperationException>(lambda)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_of_the_product_and_of_the_system_are_told_in_one_line()
    {
        Assert.Equal("CcrStoreException: The store is full", new Failure(new CcrStoreException("The store is full.")).ToString());
        Assert.Equal("IOException: No space left", new Failure(new IOException("No space left.")).ToString());
        Assert.DoesNotContain('\n', new Failure(new IOException("a\nb")).ToString());
    }

    private static void Fail(string content) => throw new FormatException(content, new InvalidOperationException(content));

    private static async Task FailLaterAsync()
    {
        await Task.Yield();
        Fail("canary");
    }

    private static async Task ThrowAsync()
    {
        await Task.Yield();
        throw new InvalidOperationException("canary");
    }
}
