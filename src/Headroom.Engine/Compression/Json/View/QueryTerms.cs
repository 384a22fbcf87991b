using System.Text;
using System.Text.Json;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>The rows that a query names. Words are matched whole, in values only, without regard to case.</summary>
internal static class QueryTerms
{
    /// <summary>One signal for each word or quoted phrase that is in some rows but in few: its strength is its inverse document frequency.</summary>
    public static IEnumerable<Signal> Match(string query, JsonTape tape, RowColumns rows)
    {
        var terms = Split(query);
        var found = terms.ConvertAll(_ => new SortedSet<int>());
        foreach (var column in rows.Columns)
        {
            var facts = column.Facts;
            var matches = new bool[facts.Values.Length];
            for (var term = 0; term < terms.Count; term++)
            {
                var any = false;
                for (var value = 0; value < matches.Length; value++)
                {
                    matches[value] = Contains(tape, column.Cells[facts.Values[value].FirstCell].Node, terms[term]);
                    any |= matches[value];
                }

                for (var cell = 0; any && cell < column.Count; cell++)
                {
                    if (matches[facts.ValueOf[cell]])
                    {
                        found[term].Add(column.Cells[cell].Row);
                    }
                }
            }
        }

        // A word of every other row says nothing about which rows are meant.
        var most = Math.Max(8, rows.Count / 20);
        return found.Where(f => f.Count > 0 && f.Count <= most && f.Count * 2 <= rows.Count)
            .Select(f => new Signal(SignalKind.Query, Math.Log2(rows.Count / (double)f.Count), [.. f]));
    }

    private static List<string> Split(string query)
    {
        var terms = new List<string>();
        var parts = query.Split('"');
        for (var i = 0; i < parts.Length; i++)
        {
            if (i % 2 == 1 && i < parts.Length - 1)
            {
                terms.Add(parts[i].Trim());
                continue;
            }

            terms.AddRange(parts[i].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(w => w.Trim("'`.,;:!?()[]{}<>".ToCharArray())));
        }

        return [.. terms.Where(t => t.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static bool Contains(JsonTape tape, int node, string term)
    {
        var text = tape.Nodes[node].Kind switch
        {
            JsonNodeKind.Number => Encoding.UTF8.GetString(tape.Raw(node)),
            JsonNodeKind.String => Decode(tape, node),
            _ => "",
        };
        for (var at = text.IndexOf(term, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(term, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            if ((at == 0 || !IsWord(text[at - 1])) && (at + term.Length == text.Length || !IsWord(text[at + term.Length])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    private static string Decode(JsonTape tape, int node)
    {
        if (tape.Nodes[node].IsEscaped)
        {
            var reader = new Utf8JsonReader(tape.Raw(node));
            reader.Read();
            try
            {
                return reader.GetString()!;
            }
            catch (InvalidOperationException)
            {
                // A lone surrogate has no text; its source spelling is searched.
            }
        }

        return Encoding.UTF8.GetString(tape.Inner(node));
    }
}
