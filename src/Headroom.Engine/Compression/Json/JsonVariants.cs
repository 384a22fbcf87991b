namespace Headroom.Engine.Compression.Json;

/// <summary>
/// An array whose objects are of a few kinds, each with keys of its own: a table per kind, the rows in source order with a letter
/// for their kind.
/// </summary>
/// <param name="Tables">One table per kind, the commonest first.</param>
/// <param name="Rows">The objects in source order: kind and row in its table; a kind of -1 and the node where no kind fits.</param>
internal sealed record JsonVariants(JsonTable[] Tables, (int Kind, int Row)[] Rows)
{
    private const int MaxKinds = 12;
    private const int MinRowsPerKind = 2;

    // Two key sequences are of one kind when they share at least this part of their paths.
    private const double Alike = 0.65;

    /// <summary>The kinds among the rows; null when there is only one, or too many rows fit none.</summary>
    public static JsonVariants? Find(JsonTape tape, int[] rows)
    {
        // :: Step 1: the paths of every row, one level into its objects.
        var paths = new Dictionary<(int, int), int>();
        var signatures = new Dictionary<string, int>(StringComparer.Ordinal);
        var sets = new List<HashSet<int>>();
        var counts = new List<int>();
        var signatureOf = new int[rows.Length];
        var parts = new List<int>();
        for (var r = 0; r < rows.Length; r++)
        {
            parts.Clear();
            var nodes = tape.Nodes;
            foreach (var (key, value) in Members(tape, rows[r]))
            {
                parts.Add(PathId(paths, -1, key));
                if (nodes[value].Kind == JsonNodeKind.Object)
                {
                    foreach (var inner in tape.Keys(nodes[value].Shape))
                    {
                        parts.Add(PathId(paths, key, inner));
                    }
                }
            }

            var signature = string.Join(',', parts);
            if (!signatures.TryGetValue(signature, out signatureOf[r]))
            {
                if (sets.Count == 512)
                {
                    return null;
                }

                signatureOf[r] = sets.Count;
                signatures.Add(signature, sets.Count);
                sets.Add([.. parts]);
                counts.Add(0);
            }

            counts[signatureOf[r]]++;
        }

        // :: Step 2: gather like sequences around the commonest.
        var kindOf = new int[sets.Count];
        var centres = new List<int>();
        foreach (var signature in Enumerable.Range(0, sets.Count).OrderByDescending(s => counts[s]).ThenBy(s => s))
        {
            kindOf[signature] = -1;
            var best = Alike;
            for (var kind = 0; kind < centres.Count; kind++)
            {
                var centre = sets[centres[kind]];
                var common = sets[signature].Count(centre.Contains);
                var share = (double)common / (centre.Count + sets[signature].Count - common);
                if (share >= best)
                {
                    (kindOf[signature], best) = (kind, share);
                }
            }

            if (kindOf[signature] < 0 && centres.Count < MaxKinds)
            {
                kindOf[signature] = centres.Count;
                centres.Add(signature);
            }
        }

        // :: Step 3: a table per kind; what fits none stays as it is.
        var members = centres.Select(_ => new List<int>()).ToArray();
        var placed = new (int Kind, int Row)[rows.Length];
        for (var r = 0; r < rows.Length; r++)
        {
            var kind = kindOf[signatureOf[r]];
            placed[r] = kind < 0 ? (-1, rows[r]) : (kind, members[kind].Count);
            if (kind >= 0)
            {
                members[kind].Add(rows[r]);
            }
        }

        var tables = members.Select(m => m.Count < MinRowsPerKind ? null : JsonTable.OfRows(tape, [.. m])).ToArray();
        var letters = new int[tables.Length];
        var kept = new List<JsonTable>();
        for (var kind = 0; kind < tables.Length; kind++)
        {
            letters[kind] = tables[kind] is null ? -1 : kept.Count;
            if (tables[kind] is { } table)
            {
                kept.Add(table);
            }
        }

        var loose = 0;
        for (var r = 0; r < rows.Length; r++)
        {
            if (placed[r].Kind >= 0)
            {
                placed[r] = letters[placed[r].Kind] < 0 ? (-1, rows[r]) : (letters[placed[r].Kind], placed[r].Row);
            }

            loose += placed[r].Kind < 0 ? 1 : 0;
        }

        return kept.Count < 2 || loose * 4 > rows.Length ? null : new JsonVariants([.. kept], placed);
    }

    private static int PathId(Dictionary<(int, int), int> paths, int parent, int key)
    {
        if (!paths.TryGetValue((parent, key), out var id))
        {
            paths.Add((parent, key), id = paths.Count);
        }

        return id;
    }

    private static IEnumerable<(int Key, int Value)> Members(JsonTape tape, int row)
    {
        var name = row + 1;
        foreach (var key in tape.Keys(tape.Nodes[row].Shape))
        {
            yield return (key, name + 1);
            name = tape.Nodes[name + 1].End;
        }
    }
}
