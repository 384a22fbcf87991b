using System.Globalization;
using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// A view of <c>git log --stat</c>: every commit with its subject and its sum, and of the files first those with the most changed lines, one of every commit
/// before the second of any. Files are written <c>+3-2 path</c>, all other lines as they are.
/// </summary>
internal sealed class StatView
{
    private const string Legend = "git log --stat, +added-removed path, n path: n changed lines";

    // Header and marker.
    private const int Frame = 70;

    private readonly StatLog _log;
    private readonly TextLines _lines;
    private readonly ViewRequest _request;
    private readonly bool[] _isMust;

    // By line its row's block, and its place in it from the most changed lines on; negative for other lines.
    private readonly int[] _blocks;
    private readonly int[] _ranks;

    private StatView(StatLog log, ViewRequest request, CancellationToken cancellationToken)
    {
        (_log, _lines, _request) = (log, log.Lines, request);
        _isMust = new bool[_lines.Count];
        _blocks = new int[_lines.Count];
        _ranks = new int[_lines.Count];
        _blocks.AsSpan().Fill(-1);
        for (var block = 0; block < log.Blocks.Count; block++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (line, rows) = log.Blocks[block];
            _blocks.AsSpan(line, rows.Count).Fill(block);
            var rank = 0;
            foreach (var row in Enumerable.Range(0, rows.Count).OrderByDescending(row => rows[row].Count))
            {
                _ranks[line + row] = rank++;
            }
        }
    }

    /// <summary>Writes the view; null when everything would be shown.</summary>
    public static ContentForm? Write(StatLog log, ViewRequest request, CancellationToken cancellationToken) =>
        new StatView(log, request, cancellationToken).Write(cancellationToken);

    private ContentForm? Write(CancellationToken cancellationToken)
    {
        // :: Step 1: choose.
        var ranking = _request.Relevance.Rank(_lines.Count, _lines.Memory, cancellationToken: cancellationToken);
        var isBeforeSubject = false;
        for (var line = 0; line < _lines.Count; line++)
        {
            var text = _lines[line];
            var isCommit = StatNotation.IsCommit(text);
            var isSubject = isBeforeSubject && text.StartsWith("    "u8);
            isBeforeSubject = isCommit || (isBeforeSubject && !isSubject);
            _isMust[line] = isCommit || isSubject || IsSum(line) || (ranking.IsMust[line] && !text.IsEmpty);
        }

        var isShown = BudgetSolver.Fill(_isMust, _request.Budget - Frame, Order(ranking), line => Tokens(line), cancellationToken);

        // :: Step 2: write.
        var output = new ByteBuffer((_request.Budget * 6) + 256);
        new NotationHeader(DiffNotation.Name, _lines.Count, IsView: true, Legend).Write(output);
        var (hidden, all) = (0, 0);
        for (var line = 0; line < _lines.Count;)
        {
            var block = _blocks[line];
            var gap = 0;
            for (; line < _lines.Count && _blocks[line] == block && !isShown[line]; line++)
            {
                gap += _lines[line].IsEmpty ? 0 : 1;
            }

            if (gap > 0)
            {
                output.Append(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{gap} {(block < 0 ? "lines" : "files")} not shown]\n")));
            }

            (hidden, all) = (hidden + gap, all + gap);
            for (; line < _lines.Count && _blocks[line] == block && isShown[line]; line++, all++)
            {
                WriteLine(line, output);
            }
        }

        if (hidden == 0)
        {
            return null;
        }

        var marker = Encoding.UTF8.GetBytes(_request.Marker(string.Create(CultureInfo.InvariantCulture, $"{hidden} of {all} lines not shown")));
        output.Append(marker);
        return new ContentForm(output.ToArray(), "view of changes", marker.Length);
    }

    // " 2 files changed, 3 insertions(+)" right below rows.
    private bool IsSum(int line) => line > 0 && _blocks[line] < 0 && _blocks[line - 1] >= 0 && _lines[line] is [(byte)' ', >= (byte)'0' and <= (byte)'9', ..];

    private IEnumerable<int> Order(Relevance.Ranking ranking) => Enumerable.Range(0, _lines.Count).Where(line => !_lines[line].IsEmpty)
        .OrderByDescending(line => _isMust[line])
        .ThenByDescending(line => ranking.Scores[line])
        .ThenByDescending(line => _blocks[line] >= 0)
        .ThenBy(line => _ranks[line]);

    private double Tokens(int line) => _blocks[line] < 0
        ? TokenEstimator.Instance.Count(_lines[line]) + 1
        : TokenEstimator.Instance.Count(RowOf(line).Name.Span) + 5;

    private StatRow RowOf(int line) => _log.Blocks[_blocks[line]].Rows[line - _log.Blocks[_blocks[line]].Line];

    private void WriteLine(int line, ByteBuffer output)
    {
        var text = _lines[line];
        if (_blocks[line] < 0)
        {
            // Text that begins as one of our lines does is moved in by a blank.
            output.Append(text is [(byte)'[' or (byte)'+' or (byte)'-' or (>= (byte)'0' and <= (byte)'9'), ..] || text.StartsWith("Bin "u8) ? " "u8 : default);
            output.Append(text);
            output.Append((byte)'\n');
            return;
        }

        var row = RowOf(line);
        StatNotation.WriteCounts(row.IsScaled ? row with { Plus = 0, Minus = 0 } : row, output);
        output.Append(row.Name.Span);
        output.Append((byte)'\n');
    }
}
