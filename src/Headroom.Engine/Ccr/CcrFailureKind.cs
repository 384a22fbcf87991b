namespace Headroom.Engine.Ccr;

/// <summary>What sort of trouble a store has, as far as that says what its user can do.</summary>
public enum CcrFailureKind
{
    /// <summary>It cannot be reached or used; the message says why.</summary>
    Unavailable,

    /// <summary>Another process holds its lock.</summary>
    Locked,

    /// <summary>There is no room for more.</summary>
    Full,
}
