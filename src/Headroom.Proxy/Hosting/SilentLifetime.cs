using Microsoft.Extensions.Hosting;

namespace Headroom.Proxy.Hosting;

/// <summary>
/// A host lifetime that listens to nothing. The default one takes the process's termination signals for itself, which is not
/// a guest's business in a shell that only loaded a module.
/// </summary>
internal sealed class SilentLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
