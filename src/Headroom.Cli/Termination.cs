using System.Runtime.InteropServices;

namespace Headroom.Cli;

/// <summary>
/// What ends a process from outside: the first signal (Ctrl+C, SIGTERM, SIGHUP) cancels the token, so that the command can finish what it does; a
/// second one, or the end of the time that it has for that, ends the process at once.
/// </summary>
internal sealed class Termination : IDisposable
{
    private static readonly (PosixSignal Signal, int ExitCode)[] Signals =
    [
        (PosixSignal.SIGINT, ExitCode.Interrupted), (PosixSignal.SIGTERM, 143), (PosixSignal.SIGHUP, 129),
    ];

    private readonly CancellationTokenSource _asked = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly TimeSpan _grace;
    private Timer? _last;
    private int _count;

    /// <param name="grace">How long the command may take to finish.</param>
    public Termination(TimeSpan grace)
    {
        _grace = grace;
        _registrations = [.. Signals.Select(s => PosixSignalRegistration.Create(s.Signal, context => OnSignal(context, s.ExitCode)))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _asked.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _last?.Dispose();
        _asked.Dispose();
    }

    private void OnSignal(PosixSignalContext context, int exitCode)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _count) > 1)
        {
            Environment.Exit(exitCode);
        }

        _last = new Timer(_ => Environment.Exit(exitCode), null, _grace, Timeout.InfiniteTimeSpan);
        _asked.Cancel();
    }
}
