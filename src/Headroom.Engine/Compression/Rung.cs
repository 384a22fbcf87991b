namespace Headroom.Engine.Compression;

/// <summary>How far a piece of content was taken up the ladder.</summary>
public enum Rung
{
    /// <summary>The identical bytes.</summary>
    Original,

    /// <summary>A re-encoding from which the same value can be decoded; carries no marker.</summary>
    Lossless,

    /// <summary>A selection with a profile of what it leaves out and one marker that says how to get it back.</summary>
    View,
}
