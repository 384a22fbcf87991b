namespace Headroom.Engine.Tests.Ccr;

/// <summary>A directory for one test, gone with it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("headroom-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
