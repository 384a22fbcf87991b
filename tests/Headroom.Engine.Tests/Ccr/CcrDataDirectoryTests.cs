using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

public sealed class CcrDataDirectoryTests
{
    [Fact]
    public void The_variable_comes_first_and_becomes_absolute()
    {
        Assert.Equal(Path.GetFullPath("here"), CcrDataDirectory.Resolve("here", "/elsewhere"));
        Assert.Equal(Path.Combine("/elsewhere", "headroom"), CcrDataDirectory.Resolve(null, "/elsewhere"));
        Assert.Equal(Path.Combine("/elsewhere", "headroom"), CcrDataDirectory.Resolve(" ", "/elsewhere"));
    }

    [Fact]
    public void Without_a_home_the_error_names_the_variable() =>
        Assert.Contains(CcrDataDirectory.Variable, Assert.Throws<CcrStoreException>(() => CcrDataDirectory.Resolve(null, "")).Message,
            StringComparison.Ordinal);
}
