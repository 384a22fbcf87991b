using System.Management.Automation;
using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Commands;

/// <summary>What all commands share: work off the pipeline's thread that Ctrl+C ends, and errors with an id and a category.</summary>
public abstract class HeadroomCommand : PSCmdlet, IDisposable
{
    private readonly CancellationTokenSource _stop = new();

    /// <inheritdoc/>
    protected override void StopProcessing() => _stop.Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the command holds.</summary>
    /// <param name="disposing">True when called by <see cref="Dispose()"/>.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stop.Dispose();
        }
    }

    /// <summary>The engine and the proxy, loaded by the first command that asks.</summary>
    private protected IHeadroomRuntime Runtime
    {
        get
        {
            try
            {
                return RuntimeLoadContext.Runtime;
            }
            catch (HeadroomException failure)
            {
                ThrowTerminatingError(failure.ToErrorRecord(null));
                throw;
            }
        }
    }

    /// <summary>
    /// Runs work on the thread pool and waits for it. After Ctrl+C the wait ends at once, even where the work itself cannot be
    /// interrupted; a result that then comes late is disposed of.
    /// </summary>
    /// <param name="work">What to run.</param>
    /// <param name="whenSlow">Called once on the pipeline's thread, where alone progress can be written, if a second was not enough.</param>
    private protected T Await<T>(Func<CancellationToken, Task<T>> work, Action? whenSlow = null)
    {
        var token = _stop.Token;
        var task = Task.Run(() => work(token), token);
        try
        {
            if (whenSlow is not null
                && Task.WhenAny(task, Task.Delay(TimeSpan.FromSeconds(1), token)).GetAwaiter().GetResult() != task)
            {
                whenSlow();
            }

            return task.WaitAsync(token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            _ = DisposeOfLateResultAsync(task);
            throw new PipelineStoppedException();
        }
        finally
        {
            AfterWork();
        }
    }

    /// <summary>Runs on the pipeline's thread after work off it, where alone warnings can be written.</summary>
    private protected virtual void AfterWork()
    {
    }

    /// <summary>The full path of a file or directory of the file system that need not exist, or null.</summary>
    private protected string? ResolvePath(string? path)
    {
        if (path is null)
        {
            return null;
        }

        var full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        if (!IsFileSystem(provider))
        {
            ThrowTerminatingError(new HeadroomException("HeadroomNotAFileSystemPath", ErrorCategory.InvalidArgument,
                $"'{path}' is not a path of the file system.").ToErrorRecord(path));
        }

        return full;
    }

    private protected static bool IsFileSystem(ProviderInfo provider) =>
        string.Equals(provider.Name, "FileSystem", StringComparison.Ordinal);

    private static async Task DisposeOfLateResultAsync<T>(Task<T> task)
    {
        try
        {
            if (await task.ConfigureAwait(false) is IAsyncDisposable late)
            {
                await late.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // Untold: nobody waits for it any more.
        }
    }
}
