using System.Management.Automation;

namespace Headroom.PowerShell.Tests;

public class ExampleTests
{
    [Fact]
    public void Compressing_a_file_shows_the_text_and_what_was_gained()
    {
        using var session = new HostedSession();
        var output = session.Run("& ./examples/compress-file.ps1");
        Assert.Equal(2, output.Count);
        Assert.Equal(output[0].BaseObject, output[1].Properties["Text"].Value);
        Assert.True((double)output[1].Properties["SavingsPercent"].Value > 30, output[1].ToString());
        Assert.Equal("Exact", output[1].Properties["Accuracy"].Value);
    }

    [Fact]
    public void Both_forms_are_reversed()
    {
        using var session = new HostedSession();
        var output = session.One("& ./examples/reverse.ps1");
        Assert.Equal(true, output.Properties["LosslessSameValue"].Value);
        Assert.Equal(true, output.Properties["ViewSameCharacters"].Value);
        Assert.True(Number(output, "TokensView") < Number(output, "TokensLossless"));
        Assert.True(Number(output, "TokensLossless") < Number(output, "TokensOriginal"));
    }

    [Fact]
    public void A_request_goes_through_a_proxy_to_a_stand_in()
    {
        using var session = new HostedSession();
        Assert.SkipUnless(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OPENAI_API_KEY")), "With a key this would be a real request.");
        var output = session.One("& ./examples/start-proxy.ps1");
        Assert.Equal(200, output.Properties["Status"].Value);
        Assert.True(Number(output, "TokensSaved") > 0);
        var received = int.Parse(((string)output.Properties["Answer"].Value).Split(' ')[2], System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(received < Number(output, "BytesSent"));
        Assert.Empty(session.Run("Get-Job"));
    }

    [Fact]
    public void A_gateway_has_messages_compressed_and_gets_originals_back()
    {
        using var session = new HostedSession();
        var output = session.One("& ./examples/gateway.ps1");
        Assert.True(Number(output, "TokensAfter") < Number(output, "TokensBefore") / 2);
        Assert.True((bool)output.Properties["IsSame"].Value);
        Assert.StartsWith("rows 2 to 3 of ", (string)output.Properties["Part"].Value, StringComparison.Ordinal);
        Assert.Empty(session.Run("Get-Job"));
    }

    private static int Number(PSObject from, string property) => (int)from.Properties[property].Value;
}
