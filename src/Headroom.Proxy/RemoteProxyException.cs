namespace Headroom.Proxy;

/// <summary>A proxy could not be asked.</summary>
/// <param name="problem">Which sort of failure.</param>
/// <param name="message">One sentence for a human.</param>
/// <param name="inner">The cause, or null.</param>
public sealed class RemoteProxyException(RemoteProxyProblem problem, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Which sort of failure.</summary>
    public RemoteProxyProblem Problem { get; } = problem;
}

/// <summary>Why a proxy could not be asked.</summary>
public enum RemoteProxyProblem
{
    /// <summary>Nobody answers.</summary>
    NotReachable,

    /// <summary>Something else answers.</summary>
    Foreign,

    /// <summary>The token is missing or wrong.</summary>
    Unauthorized,

    /// <summary>The proxy answers with something else than what was asked for.</summary>
    Refused,
}
