using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Tests.Diagnostics;

public sealed class LogLevelsTests
{
    [Theory]
    [InlineData("debug", "Any", LogLevel.Debug, true)]
    [InlineData("Info", "Any", LogLevel.Debug, false)]
    [InlineData("none", "Any", LogLevel.Critical, false)]
    [InlineData("Headroom.Proxy=debug", "Headroom.Proxy.ProviderPipeline", LogLevel.Debug, true)]
    [InlineData("Headroom.Proxy=debug", "Headroom.ProxyX", LogLevel.Debug, false)]
    [InlineData("Headroom.Proxy=debug", "Headroom.Engine", LogLevel.Information, false)]
    [InlineData("Headroom.Proxy=debug", "Headroom.Engine", LogLevel.Warning, true)]
    [InlineData("error, Headroom=debug , Headroom.Proxy=none", "Headroom.Proxy", LogLevel.Critical, false)]
    [InlineData("error, Headroom=debug , Headroom.Proxy=none", "Headroom.Engine", LogLevel.Debug, true)]
    [InlineData("error, Headroom=debug , Headroom.Proxy=none", "Other", LogLevel.Warning, false)]
    public void The_longest_beginning_of_a_category_decides(string text, string category, LogLevel level, bool isIncluded) =>
        Assert.Equal(isIncluded, LogLevels.Parse(text)!.Includes(category, level));

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("loud")]
    [InlineData("7")]
    [InlineData("=debug")]
    [InlineData("debug,")]
    [InlineData("Headroom=loud")]
    public void What_is_no_level_is_refused(string? text) => Assert.Null(LogLevels.Parse(text));
}
