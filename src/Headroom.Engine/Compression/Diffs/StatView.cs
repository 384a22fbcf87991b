using System.Globalization;
using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// A view of <c>git log --stat</c>: every commit with its subject and its sum, or the first of them, and of the files first those with the most changed lines, one of every commit
/// before the second of any. Files are written <c>+3-2 path</c>, all other lines as they are.
/// </summary>
internal sealed class StatView
{
    private const string Legend = "git log --stat, +added-removed path, n path: n changed lines";

    // Header and marker.
    private const int Frame = 70;

    // What is said of the lines left out before a line.
    private const int GapTokens = 4;

    private readonly StatLog _log;
    private readonly TextLines _lines;
    private readonly ViewRequest _request;

    // A commit's line, its subject and its sum.
    private readonly bool[] _isStructure;

    // By line its row's block, and its place in it from the most changed lines on; negative for other lines.
    private readonly int[] _blocks;
    private readonly int[] _ranks;

    private StatView(StatLog log, ViewRequest request, CancellationToken cancellationToken)
    {
        (_log, _lines, _request) = (log, log.Lines, request);
        _isStructure = new bool[_lines.Count];
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
        var (isBeforeSubject, asked) = (false, 0L);
        for (var line = 0; line < _lines.Count; line++)
        {
            var text = _lines[line];
            var isCommit = StatNotation.IsCommit(text);
            var isSubject = isBeforeSubject && text.StartsWith("    "u8);
            isBeforeSubject = isCommit || (isBeforeSubject && !isSubject);
            _isStructure[line] = isCommit || isSubject || IsSum(line);
            asked += ranking.IsMust[line] ? text.Length : 0;
        }

        bool[] isMust = asked <= BudgetSolver.MustShare * _lines.Source.Length ? ranking.IsMust : new bool[_lines.Count];
        var isShown = BudgetSolver.Fill(isMust, _request.Budget - Frame, Order(ranking), line => Tokens(line), cancellationToken);

        // :: Step 2: write.
        var output = new ByteBuffer((_request.Budget * 6) + 256);
        new NotationHeader(DiffNotation.Name, _lines.Count, IsView: true, Legend).Write(output);
        var (gapLines, gapFiles, hidden, isAllShown) = (0, 0, 0, true);
        for (var line = 0; line < _lines.Count; line++)
        {
            if (isShown[line])
            {
                WriteGap(ref gapLines, ref gapFiles, output);
                WriteLine(line, output);
                continue;
            }

            hidden++;
            gapLines += _blocks[line] < 0 && !_lines[line].IsEmpty ? 1 : 0;
            gapFiles += _blocks[line] < 0 ? 0 : 1;
            isAllShown &= _lines[line].IsEmpty;
        }

        WriteGap(ref gapLines, ref gapFiles, output);
        if (isAllShown)
        {
            return null;
        }

        var marker = Encoding.UTF8.GetBytes(_request.Marker(string.Create(CultureInfo.InvariantCulture, $"{hidden} of {_lines.Count} lines not shown")));
        output.Append(marker);
        return new ContentForm(output.ToArray(), "view of changes", marker.Length);
    }

    private static void WriteGap(ref int lines, ref int files, ByteBuffer output)
    {
        if (lines + files > 0)
        {
            var text = string.Create(
                CultureInfo.InvariantCulture, $"[{(lines > 0 ? $"{lines} lines" : "")}{(lines > 0 && files > 0 ? ", " : "")}{(files > 0 ? $"{files} files" : "")} not shown]\n");
            output.Append(Encoding.UTF8.GetBytes(text));
        }

        (lines, files) = (0, 0);
    }

    // " 2 files changed, 3 insertions(+)" right below rows.
    private bool IsSum(int line) => line > 0 && _blocks[line] < 0 && _blocks[line - 1] >= 0 && _lines[line] is [(byte)' ', >= (byte)'0' and <= (byte)'9', ..];

    private IEnumerable<int> Order(Relevance.Ranking ranking) => Enumerable.Range(0, _lines.Count).Where(line => !_lines[line].IsEmpty)
        .OrderByDescending(line => ranking.IsMust[line])
        .ThenByDescending(line => _isStructure[line])
        .ThenByDescending(line => _isStructure[line] ? 0 : ranking.Scores[line])
        .ThenByDescending(line => _blocks[line] >= 0)
        .ThenBy(line => _ranks[line]);

    private double Tokens(int line) => _blocks[line] < 0
        ? TokenEstimator.Instance.Count(_lines[line]) + (_isStructure[line] ? 1 + GapTokens : 1)
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
