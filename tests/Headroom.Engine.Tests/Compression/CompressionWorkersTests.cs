using Headroom.Engine.Compression;

namespace Headroom.Engine.Tests.Compression;

public sealed class CompressionWorkersTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(1);

    private readonly SteppedTime _time = new();
    private readonly CompressionWorkers _workers = new(most: 1, mostGivenUp: 1, mostGivenUpBytes: 1000);
    private readonly ManualResetEventSlim _released = new();
    private readonly SemaphoreSlim _started = new(0);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _released.Set();

    [Fact]
    public async Task Work_gives_its_result_or_its_exception()
    {
        Assert.Equal(7, await RunAsync(_ => 7, Token));
        await Assert.ThrowsAsync<InvalidDataException>(() => RunAsync(_ => throw new InvalidDataException("Broken."), Token));
        Assert.Equal(8, await RunAsync(_ => 8, Token));
    }

    [Fact]
    public async Task Whoever_waits_is_let_go_at_the_deadline_and_so_is_who_came_later()
    {
        var hanging = RunAsync(Hang, Token);
        await _started.WaitAsync(Token);
        var later = RunAsync(_ => 1, Token);
        _time.Advance(Deadline);
        await Assert.ThrowsAsync<TimeoutException>(() => hanging);
        await Assert.ThrowsAsync<TimeoutException>(() => later);
        await Assert.ThrowsAsync<TimeoutException>(() => RunAsync(_ => 1, Token));

        _released.Set();
        while (_workers.GivenUp > 0)
        {
            Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(1, await RunAsync(_ => 1, Token));
    }

    [Fact]
    public async Task Work_that_ends_with_its_token_was_late()
    {
        var running = RunAsync(
            token =>
            {
                _started.Release();
                token.WaitHandle.WaitOne();
                token.ThrowIfCancellationRequested();
                return 1;
            },
            Token);
        await _started.WaitAsync(Token);
        _time.Advance(Deadline);
        await Assert.ThrowsAsync<TimeoutException>(() => running);
    }

    [Fact]
    public async Task Whoever_goes_waits_neither_for_work_nor_for_its_turn()
    {
        using var client = new CancellationTokenSource();
        var hanging = RunAsync(Hang, client.Token);
        await _started.WaitAsync(Token);
        var waiting = RunAsync(_ => 1, client.Token);
        await client.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private int Hang(CancellationToken token)
    {
        _started.Release();
        _released.Wait(CancellationToken.None);
        return 0;
    }

    private Task<int> RunAsync(Func<CancellationToken, int> work, CancellationToken cancellationToken) =>
        _workers.RunAsync(work, 10, Deadline, _time, cancellationToken);
}
