namespace Headroom.Engine.Compression.Json.View;

/// <summary>How rows lie in a document.</summary>
internal enum RowLayout
{
    /// <summary>The items of an array are the rows.</summary>
    Items,

    /// <summary>The members of an object are the rows, with their keys.</summary>
    Members,

    /// <summary>The members of an object are the columns: arrays of one length, whose items with the same index make a row.</summary>
    Columns,
}
