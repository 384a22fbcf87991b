namespace Headroom.PowerShell;

/// <summary>How far compression may go. The names are those of the engine's levels.</summary>
public enum HeadroomLevel
{
    /// <summary>Views where the lossless form is still over the budget.</summary>
    Balanced,

    /// <summary>Forms from which the same value can be decoded, and nothing else.</summary>
    Lossless,

    /// <summary>As <see cref="Balanced"/>, with a smaller budget.</summary>
    Aggressive,
}
