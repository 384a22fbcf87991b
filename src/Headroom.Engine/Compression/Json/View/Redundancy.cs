namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// Whether rows of an array may be left out at all. A profile can stand for values that repeat, for texts built from the same words and
/// for series of numbers; it cannot stand for names, addresses and free text that each row has to itself. So what the rows hold is
/// weighed in bytes: repeated and templated strings, numbers, and distinctive strings; identifiers and times apart, since every kind of
/// row has them. Rows may be left out when at most a quarter of that weight is distinctive, or when something says which rows matter:
/// a ranking, errors, a key that few rows have, a row that the query fits, or rows that are copies of others. An outlier alone does not.
/// Timed events with severities are read by severity, and may be left out whatever their texts are.
/// </summary>
internal static class Redundancy
{
    private const double MostDistinctive = 0.25;
    private const double MostIdentifiers = 0.6;

    /// <summary>True when a view of these rows is worth having.</summary>
    public static bool AllowsView(RowColumns rows, RowSignals signals, int copies)
    {
        if (signals.IsRanked || signals.HasRareKey || signals.Has(SignalKind.Error) || signals.Has(SignalKind.Query) || signals.Scores.AsSpan().ContainsAnyExcept(0) || copies * 2 >= rows.Count)
        {
            return true;
        }

        double repeated = 0;
        double numbers = 0;
        double distinctive = 0;
        double identifiers = 0;
        var hasTime = false;
        foreach (var column in rows.Columns)
        {
            switch (column.Facts.Kind)
            {
                case ColumnKind.Category when column.Facts.Values.Length > 1:
                case ColumnKind.TemplatedText:
                    repeated += column.Bytes;
                    break;
                case ColumnKind.Number:
                    numbers += column.Bytes;
                    break;
                case ColumnKind.Distinctive:
                    distinctive += column.Bytes;
                    break;
                case ColumnKind.Identifier:
                case ColumnKind.Sequence:
                    identifiers += column.Bytes;
                    break;
                case ColumnKind.Time:
                    hasTime = true;
                    break;
            }
        }

        if (hasTime && signals.HasLevels)
        {
            return true;
        }

        // Numbers by themselves are a series only when they are nothing else or something orders them in time; else each is a fact about its row.
        var isSeries = rows.IsSeries || rows.Layout == RowLayout.Columns || rows.Columns[0].Of(JsonNodeKind.Array) > 0;
        var summarised = repeated + (repeated > 0 || hasTime || isSeries ? numbers : 0);
        var weight = repeated + numbers + distinctive;
        return summarised > 0 && distinctive <= MostDistinctive * weight
            && identifiers <= MostIdentifiers * (weight + identifiers);
    }
}
