namespace Headroom.Engine.Compression.Text;

/// <summary>What a control sequence does to the text around it.</summary>
internal enum ControlEffect
{
    /// <summary>Where it ends, or what it makes of the text behind it, cannot be told.</summary>
    Unknown,

    /// <summary>Colours, titles, links, modes: the text stays what and where it is.</summary>
    Styles,

    /// <summary>Moves within lines and between them, or erases: what progress is drawn with.</summary>
    Draws,

    /// <summary>Something else that a screen is needed for.</summary>
    Other,
}
