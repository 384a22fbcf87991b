using System.Globalization;
using System.Management.Automation;
using System.Security;
using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Jobs;

/// <summary>
/// A running proxy as a job of the session. Its streams carry its own life and its events: warnings and errors, and with -Verbose
/// each request. The newest thousand are kept, and written by a task of their own, because a slow reader of a job stalls whoever writes
/// to it. Figures come from <see cref="Statistics"/>.
/// </summary>
public sealed class HeadroomProxyJob : Job
{
    private static readonly TimeSpan LastEvents = TimeSpan.FromSeconds(1);

    private const int MostRecords = 1000;

    private readonly IProxyHandle _proxy;
    private readonly JobRepository _repository;
    private readonly Lock _gate = new();
    private readonly Task _writing;
    private Task? _stopping;
    private bool _ended;
    private bool _disposed;

    internal HeadroomProxyJob(string command, string? name, IProxyHandle proxy, JobRepository repository, SecureString? token = null)
        : base(command, name ?? string.Create(CultureInfo.InvariantCulture, $"Headroom{proxy.Uri.Port}"))
    {
        _proxy = proxy;
        _repository = repository;
        Token = token;
        PSJobTypeName = "HeadroomProxy";

        // Otherwise foreach over $job.Output would wait until the proxy ends.
        Output.EnumeratorNeverBlocks = true;
        SetJobState(JobState.Running);
        Report($"Listening on {_proxy.Uri}");
        _writing = Task.Run(WriteEventsAsync);
        _ = WatchAsync();
    }

    internal event Action<HeadroomProxyJob>? Disposed;

    /// <summary>Where the proxy listens: the base URL for clients.</summary>
    public Uri Uri => _proxy.Uri;

    /// <summary>Where MCP clients find it over streamable HTTP.</summary>
    public Uri McpUri => new(Uri, "/mcp");

    /// <summary>The TCP port it listens on.</summary>
    public int Port => _proxy.Uri.Port;

    /// <summary>What the proxy has done so far; after its end, what it had done by then.</summary>
    public HeadroomStatistics Statistics => _proxy.Statistics;

    /// <summary>How long running requests may take to finish: Stop-Job waits for it on the pipeline's thread, where Ctrl+C cannot interrupt.</summary>
    internal TimeSpan Drain { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What callers must present, for the module's own calls.</summary>
    internal SecureString? Token { get; }

    /// <summary>True once it has stopped or failed.</summary>
    internal bool IsFinished => JobStateInfo.State is JobState.Stopped or JobState.Failed or JobState.Completed;

    /// <summary>Host and port: the column in which Get-Job shows it is too narrow for an address.</summary>
    public override string Location => _proxy.Uri.Authority;

    /// <inheritdoc/>
    public override string StatusMessage => "";

    /// <inheritdoc/>
    public override bool HasMoreData =>
        Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0 || Debug.Count > 0 || Progress.Count > 0
        || Information.Count > 0;

    /// <summary>Stops the proxy: running requests may finish for as long as its start allowed, then they are cut off. May be called again.</summary>
    public override void StopJob()
    {
        Task stopping;
        lock (_gate)
        {
            if (_ended || _disposed)
            {
                return;
            }

            stopping = _stopping ??= Task.Run(StopAsync);
        }

        stopping.GetAwaiter().GetResult();
    }

    /// <summary>Stops the proxy and takes the job out of the session.</summary>
    internal void Remove()
    {
        StopJob();
        try
        {
            _repository.Remove(this);
        }
        catch (ArgumentException)
        {
            // Somebody else was faster.
        }

        Dispose();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
            lock (_gate)
            {
                if (_disposed)
                {
                    return;
                }

                _disposed = true;
            }

            Disposed?.Invoke(this);
        }

        base.Dispose(disposing);
    }

    private async Task StopAsync()
    {
        SetJobState(JobState.Stopping);
        Exception? failure = null;
        try
        {
            await _proxy.StopAsync(Drain).ConfigureAwait(false);
            await _writing.WaitAsync(LastEvents).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Whoever reads the streams holds them up.
        }
        catch (Exception e)
        {
            // Untold: it ends up in the job's error stream.
            failure = e;
        }

        End(JobState.Stopped, failure);
    }

    private async Task WatchAsync()
    {
        Exception? failure = null;
        try
        {
            await _proxy.Completion.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Untold: it ends up in the job's error stream.
            failure = e;
        }

        lock (_gate)
        {
            if (_stopping is not null)
            {
                return;
            }
        }

        End(JobState.Completed, failure);
    }

    private async Task WriteEventsAsync()
    {
        try
        {
            await foreach (var told in _proxy.Events.ConfigureAwait(false))
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"{Name}: {told.Message} [{told.Category} {told.Id}]");
                switch (told.Level)
                {
                    case ProxyEventLevel.Error:
                        Write(Error, new ErrorRecord(
                            new InvalidOperationException(text), string.Create(CultureInfo.InvariantCulture, $"HeadroomProxyEvent{told.Id}"), ErrorCategory.NotSpecified, this));
                        break;
                    case ProxyEventLevel.Warning:
                        Write(Warning, new WarningRecord(text));
                        break;
                    default:
                        Write(Verbose, new VerboseRecord(text));
                        break;
                }
            }
        }
        catch (Exception e) when (e is InvalidOperationException or ObjectDisposedException)
        {
            // The job has ended, and its streams with it.
        }
    }

    private static void Write<T>(PSDataCollection<T> stream, T record)
    {
        while (stream.Count >= MostRecords)
        {
            stream.RemoveAt(0);
        }

        stream.Add(record);
    }

    private void End(JobState state, Exception? failure)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            _ended = true;
        }

        if (failure is null)
        {
            Report("Stopped");
        }
        else
        {
            // A plain Job cannot give its state a reason, so the reason has to be in the stream before the state closes it.
            Error.Add(new ErrorRecord(failure, "HeadroomProxyFailed", ErrorCategory.ConnectionError, this));
        }

        SetJobState(failure is null ? state : JobState.Failed);
    }

    private void Report(string message)
    {
        // The tag makes Receive-Job show it as Write-Host would be shown, without making it data.
        var record = new InformationRecord(new HostInformationMessage { Message = $"{Name}: {message}" }, PSJobTypeName);
        record.Tags.AddRange(["PSHOST", "Headroom"]);
        Information.Add(record);
    }
}
