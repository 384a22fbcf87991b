namespace Headroom;

/// <summary>
/// A property that runs with one seed everywhere: what is red can be repeated, and green means the same on every machine. It stands in the
/// namespace around all tests, so that <c>[Property]</c> in any of them is this one and not the package's own.
/// </summary>
#pragma warning disable xUnit3003 // The package's attribute takes no source information.
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PropertyAttribute : FsCheck.Xunit.PropertyAttribute
{
    public PropertyAttribute() => Replay = "4856519907047573112,7440190154654665759";
}
#pragma warning restore xUnit3003
