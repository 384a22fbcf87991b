using System.Globalization;

[assembly: AssemblyFixture(typeof(Headroom.Redis.Tests.SharedRedis))]

namespace Headroom.Redis.Tests;

/// <summary>One server for all tests that do it no harm; each takes a database of its own.</summary>
public sealed class SharedRedis : IAsyncDisposable
{
    /// <summary>How long tests let a server think: the machine may be busy, and what they are about is not its speed.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly SemaphoreSlim _gate = new(1);
    private RedisServer? _server;
    private int _databases;

    /// <summary>The address of an empty database; skips or fails the test where there is no server.</summary>
    public async Task<Uri> NewDatabaseAsync()
    {
        await _gate.WaitAsync();
        try
        {
            _server ??= await RedisServer.StartAsync();
            return new Uri(_server.Uri, _databases++.ToString(CultureInfo.InvariantCulture));
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _gate.Dispose();
    }
}
