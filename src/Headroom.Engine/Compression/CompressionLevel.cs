namespace Headroom.Engine.Compression;

/// <summary>How far compression may go.</summary>
public enum CompressionLevel
{
    /// <summary>Lossless forms only.</summary>
    Lossless,

    /// <summary>Views where the lossless form is still over the default budget.</summary>
    Balanced,

    /// <summary>As <see cref="Balanced"/>, with a smaller budget.</summary>
    Aggressive,
}
