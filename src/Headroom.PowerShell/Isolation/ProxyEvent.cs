namespace Headroom.PowerShell.Isolation;

/// <summary>How much an event matters.</summary>
public enum ProxyEventLevel
{
    /// <summary>What is going on.</summary>
    Verbose,

    /// <summary>Something failed, and the original went on.</summary>
    Warning,

    /// <summary>A client did not get what it asked for.</summary>
    Error,
}

/// <summary>Something that a proxy tells: no content and no credential is in it.</summary>
/// <param name="Id">Its number, as in docs/operations.md.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Category">The part of the product.</param>
/// <param name="Message">One line.</param>
public sealed record ProxyEvent(int Id, ProxyEventLevel Level, string Category, string Message);
