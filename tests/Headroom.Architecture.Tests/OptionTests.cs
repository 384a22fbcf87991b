namespace Headroom.Architecture.Tests;

/// <summary>An option that nobody reads is a promise that nobody keeps.</summary>
public sealed class OptionTests
{
    public static TheoryData<string, string, string> Options =>
    [
        .. InspectedAssembly.All.SelectMany(a => a.OptionProperties().Select(p => (a.Name, p.Type, p.Property))),
    ];

    [Theory, MemberData(nameof(Options))]
    public void Every_option_is_read_where_it_is_declared(string assembly, string type, string property) =>
        Assert.True(
            InspectedAssembly.All.Single(a => a.Name == assembly).Uses
                .Any(u => u.To == type && u.Member == "get_" + property && u.From != type),
            $"Nothing in {assembly} reads {type}.{property}.");

    [Fact]
    public void The_proxy_has_options() => Assert.Contains(Options, row => row.Data is (_, "ProxyOptions", "Port"));
}
