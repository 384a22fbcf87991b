using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Headroom.TestData;

/// <summary>A row that was put in on purpose and that a good view must keep.</summary>
/// <param name="Index">Its position among the rows.</param>
/// <param name="Reason"><c>needle</c>, <c>error</c>, <c>critical</c> or <c>anomaly</c>.</param>
/// <param name="Id">The row's own id; empty where rows have none.</param>
/// <param name="Evidence">Text that occurs in this row and that must still be found: a UUID, an error message, a value.</param>
public sealed record PlantedRow(int Index, string Reason, string Id, string Evidence);

/// <summary>Generated rows and what was planted in them.</summary>
/// <param name="Name">A short name for reports.</param>
/// <param name="Rows">An array of objects.</param>
/// <param name="Planted">The planted rows by ascending index.</param>
public sealed record Workload(string Name, JsonArray Rows, ImmutableArray<PlantedRow> Planted)
{
    /// <summary>The rows as one JSON text.</summary>
    public string Json(JsonLayout layout) => JsonLayouts.Write(Rows, layout);

    /// <summary>The rows as one JSON text in UTF-8.</summary>
    public byte[] Utf8(JsonLayout layout) => JsonLayouts.WriteUtf8(Rows, layout);
}
