using System.Runtime.InteropServices;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Logs;

/// <summary>Writes a log so that it can be read back: repeated lines counted, statements written once, timestamps without what did not change.</summary>
internal sealed class LogNotationWriter
{
    /// <summary>A letter has to save more than this many tokens over the whole log.</summary>
    private const int LeastGain = 2;

    /// <summary>What a note of repeated lines takes, in bytes of a log that cost as much.</summary>
    private const int NoteBytes = 48;

    /// <summary>The longest block of lines that gets a letter.</summary>
    private const int MaxBlock = 400;

    /// <summary>Lines without a statement of their own are grouped by how they begin: so many shapes are looked at, with so many words.</summary>
    private const int MaxBeginnings = 4096;
    private const int MaxBeginningWords = 10;

    private const int SampledShapes = 24;

    private readonly LogLines _log;
    private readonly CancellationToken _cancellation;
    private readonly bool[] _isCovered;
    private readonly Dictionary<int, (int Period, int Times)> _repeats = [];
    private readonly Dictionary<int, Block> _blocks = [];
    private readonly int[] _counts;
    private readonly LineTemplate?[] _templateOf;
    private readonly Dictionary<LineTemplate, int> _codes = [];
    private readonly (int From, int To)[] _values = new (int, int)[LogLines.MaxWords + 2];
    private readonly (int At, int Length)[] _last = new (int, int)[LogLines.MaxWords + 2];
    private int _lastCount;
    private int _codeCount;

    private LogNotationWriter(LogLines log, CancellationToken cancellationToken)
    {
        _log = log;
        _cancellation = cancellationToken;
        _isCovered = new bool[log.Count];
        _counts = new int[log.Shapes.Count];
        _templateOf = new LineTemplate?[log.Shapes.Count];
    }

    /// <summary>The form, or null when nothing repeats.</summary>
    public static byte[]? Write(LogLines log, List<LineGroup> groups, CancellationToken cancellationToken)
    {
        var writer = new LogNotationWriter(log, cancellationToken);

        // 1. What repeats as it is.
        writer.FindRepeats();
        writer.FindBlocks();
        for (var i = 0; i < log.Count; i++)
        {
            if (!writer._isCovered[i] && log.ShapeOf[i] != LogLines.NoShape)
            {
                writer._counts[log.ShapeOf[i]]++;
            }
        }

        // 2. Statements, then common beginnings of what is left.
        writer.ChooseStatements(groups);
        writer.ChooseBeginnings();

        // 3. The form.
        return writer.Write();
    }

    private static bool IsIndented(ReadOnlySpan<byte> line) => line.Length > 0 && line[0] is (byte)' ' or (byte)'\t';

    private void FindRepeats()
    {
        var hashes = _log.Hashes;
        for (var i = 1; i < _log.Count; i++)
        {
            var (bestPeriod, bestLines) = (0, 0);
            for (var period = 1; period <= Math.Min(LogNotation.MaxPeriod, i); period++)
            {
                if (hashes[i] != hashes[i - period])
                {
                    continue;
                }

                var lines = 0;
                while (i + lines < _log.Count && hashes[i + lines] == hashes[i + lines - period]
                    && _log.Text[i + lines].SequenceEqual(_log.Text[i + lines - period]))
                {
                    lines++;
                }

                lines -= lines % period;
                if (lines > bestLines)
                {
                    (bestPeriod, bestLines) = (period, lines);
                }
            }

            if (bestLines > 0 && _log.Text.StartOf(i + bestLines) - _log.Text.StartOf(i) >= NoteBytes)
            {
                _repeats.Add(i, (bestPeriod, bestLines / bestPeriod));
                _isCovered.AsSpan(i, bestLines).Fill(true);
                i += bestLines - 1;
            }
        }
    }

    private void FindBlocks()
    {
        if (_log.Timed * 5 > _log.Count)
        {
            FindBlocks(line => _log.TimeAt[line] < 0);
        }

        FindBlocks(line => _log.TimeAt[line] < 0 && IsIndented(_log.Text[line]));
    }

    private void FindBlocks(Func<int, bool> belongs)
    {
        // 1. Every longest run of such lines, by what it says.
        var byHash = new Dictionary<ulong, Block>();
        var inOrder = new List<Block>();
        for (var i = 0; i < _log.Count; i++)
        {
            var from = i;
            var hash = 0UL;
            while (i < _log.Count && !_isCovered[i] && i - from < MaxBlock && belongs(i))
            {
                hash = (hash ^ _log.Hashes[i]) * 0x9E3779B97F4A7C15;
                hash ^= hash >> 29;
                i++;
            }

            var length = i - from;
            if (length == 0)
            {
                continue;
            }

            i--;
            if (length < 2)
            {
                continue;
            }

            ref var block = ref CollectionsMarshal.GetValueRefOrAddDefault(byHash, hash, out _);
            if (block is null)
            {
                block = new Block(from, length);
                inOrder.Add(block);
            }
            else if (block.Length == length && SameLines(block.First, from, length))
            {
                block.Starts.Add(from);
            }
        }

        // 2. Those that come again.
        foreach (var block in inOrder)
        {
            if (block.Starts.Count > 1)
            {
                foreach (var start in block.Starts)
                {
                    _blocks.Add(start, block);
                    _isCovered.AsSpan(start, block.Length).Fill(true);
                }
            }
        }
    }

    private bool SameLines(int left, int right, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!_log.Text[left + i].SequenceEqual(_log.Text[right + i]))
            {
                return false;
            }
        }

        return true;
    }

    private void ChooseStatements(List<LineGroup> groups)
    {
        var uses = new Dictionary<LineTemplate, List<int>>();
        var templates = new List<LineTemplate>();
        foreach (var group in groups)
        {
            var shapes = group.Shapes.Where(shape => _counts[shape] > 0).ToList();
            if (shapes.Count == 0)
            {
                continue;
            }

            // 1. A shape that comes often keeps its own words; the rest of the group share a text with more places.
            if (shapes.Count > 1)
            {
                var rest = new List<int>();
                var first = _log.Shapes[shapes[0]].First;
                foreach (var shape in shapes)
                {
                    var line = _log.Shapes[shape].First;
                    if (_counts[shape] > 1 && _counts[shape] * ExtraTokens(group, line) > TokenEstimator.Instance.Count(_log.Text[line]) + 3)
                    {
                        Add([shape], OwnWords(line));
                    }
                    else
                    {
                        rest.Add(shape);
                    }
                }

                shapes = rest;
            }

            if (shapes.Sum(shape => _counts[shape]) > 1)
            {
                Add(shapes, shapes.Count == 1 ? OwnWords(_log.Shapes[shapes[0]].First) : group.Varies);
            }
        }

        Learn();
        foreach (var template in templates)
        {
            if (!template.Finish() || Gain(template, uses[template]) <= LeastGain)
            {
                foreach (var shape in uses[template])
                {
                    _templateOf[shape] = null;
                }
            }
        }

        void Add(List<int> shapes, bool[] varies)
        {
            var template = new LineTemplate(_log, _log.Shapes[shapes[0]].First, varies);
            templates.Add(template);
            uses.Add(template, shapes);
            foreach (var shape in shapes)
            {
                _templateOf[shape] = template;
            }
        }
    }

    private void Learn()
    {
        for (var i = 0; i < _log.Count; i++)
        {
            if (!_isCovered[i] && _log.ShapeOf[i] != LogLines.NoShape && _templateOf[_log.ShapeOf[i]] is { Literals: null } template)
            {
                template.Observe(i);
            }
        }

        _cancellation.ThrowIfCancellationRequested();
    }

    private bool[] OwnWords(int line)
    {
        var varies = new bool[_log.WordsIn(line)];
        for (var word = 0; word < varies.Length; word++)
        {
            varies[word] = LogLines.HasDigit(Word(line, word));
        }

        return varies;
    }

    // What the words that differ between the shapes of a group take in each line.
    private int ExtraTokens(LineGroup group, int line)
    {
        var tokens = 0;
        for (var word = 0; word < group.Varies.Length; word++)
        {
            if (group.Varies[word] && Word(line, word) is var text && !LogLines.HasDigit(text))
            {
                tokens += 1 + TokenEstimator.Instance.Count(text);
            }
        }

        return tokens;
    }

    private ReadOnlySpan<byte> Word(int line, int word)
    {
        var (at, length) = _log.Word(line, word);
        return _log.Text[line].Slice(at, length);
    }

    // In estimated tokens over the whole log, the text in the legend taken off.
    private double Gain(LineTemplate template, List<int> shapes)
    {
        var gain = 0.0;
        var lines = 0;
        var seen = 0;
        var scratch = new ByteBuffer(256);
        for (var i = 0; i < shapes.Count; i += Math.Max(1, shapes.Count / SampledShapes))
        {
            var line = _log.Shapes[shapes[i]].First;
            var count = template.Match(line, _values);
            seen += _counts[shapes[i]];
            if (count < 0)
            {
                continue;
            }

            scratch.Truncate(0);
            scratch.Append("A"u8);
            for (var value = 0; value < count; value++)
            {
                scratch.Append((byte)' ');
                scratch.Append(_log.Text[line][_values[value].From.._values[value].To]);
            }

            var time = template.HasTime ? TokenEstimator.Instance.Count(_log.Time(line)) : 0;
            gain += _counts[shapes[i]] * (double)(TokenEstimator.Instance.Count(_log.Text[line]) - time - TokenEstimator.Instance.Count(scratch.Written));
        }

        foreach (var shape in shapes)
        {
            lines += _counts[shape];
        }

        scratch.Truncate(0);
        template.Write(scratch);
        return (seen == 0 ? 0 : gain * lines / seen) - TokenEstimator.Instance.Count(scratch.Written) - 3;
    }

    private void ChooseBeginnings()
    {
        // 1. The ways in which lines without a statement begin.
        var left = new List<int>();
        for (var shape = 0; shape < _counts.Length && left.Count < MaxBeginnings; shape++)
        {
            if (_counts[shape] > 0 && _templateOf[shape] is null)
            {
                left.Add(shape);
            }
        }

        var beginnings = new Dictionary<ulong, Beginning>();
        var inOrder = new List<Beginning>();
        foreach (var shape in left)
        {
            var line = _log.Shapes[shape].First;
            for (var words = 1; words <= Math.Min(MaxBeginningWords, _log.WordsIn(line) - 1); words++)
            {
                if (_log.TimeAt[line] > _log.Word(line, words).At)
                {
                    continue;
                }

                var hash = HashOfBeginning(line, words);
                ref var beginning = ref CollectionsMarshal.GetValueRefOrAddDefault(beginnings, hash, out _);
                if (beginning is null)
                {
                    beginning = new Beginning(words, line);
                    inOrder.Add(beginning);
                }

                beginning.Shapes.Add(shape);
                beginning.Lines += _counts[shape];
            }
        }

        // 2. The best first; a shape belongs to one.
        var ranked = inOrder.Where(b => b.Lines > 2).Select(b => (Beginning: b, Saved: SavedByBeginning(b.Line, b.Words)))
            .Where(b => b.Saved > 0)
            .OrderByDescending(b => b.Saved * (long)b.Beginning.Lines).ToList();
        var uses = new List<(LineTemplate Template, List<int> Shapes)>();
        foreach (var (beginning, saved) in ranked)
        {
            var shapes = beginning.Shapes.Where(shape => _templateOf[shape] is null).ToList();
            if (shapes.Count > 0 && saved * (shapes.Sum(shape => _counts[shape]) - 1) > LeastGain + 6)
            {
                var line = _log.Shapes[shapes[0]].First;
                var template = new LineTemplate(_log, line, OwnWords(line), beginning.Words);
                uses.Add((template, shapes));
                foreach (var shape in shapes)
                {
                    _templateOf[shape] = template;
                }
            }
        }

        // 3. What is worth it after all.
        Learn();
        foreach (var (template, shapes) in uses)
        {
            if (!template.Finish() || Gain(template, shapes) <= LeastGain)
            {
                foreach (var shape in shapes)
                {
                    _templateOf[shape] = null;
                }
            }
        }
    }

    private ulong HashOfBeginning(int line, int words)
    {
        var text = _log.Text[line];
        var hash = (ulong)words;
        var from = 0;
        for (var word = 0; word <= words; word++)
        {
            var (at, length) = _log.Word(line, word);
            if (_log.TimeAt[line] >= from && _log.TimeAt[line] < at)
            {
                hash = Mix(hash, text[from.._log.TimeAt[line]]);
                from = _log.TimeAt[line] + _log.TimeLength[line];
                hash = Mix(hash, "{t}"u8);
            }

            hash = Mix(hash, text[from..at]);
            from = at + length;
            if (word < words)
            {
                hash = Mix(hash, LogLines.HasDigit(text[at..from]) ? "{}"u8 : text[at..from]);
            }
        }

        return hash;
    }

    private static ulong Mix(ulong hash, ReadOnlySpan<byte> text) => System.IO.Hashing.XxHash3.HashToUInt64(text, (long)hash);

    private int SavedByBeginning(int line, int words)
    {
        var text = _log.Text[line][.._log.Word(line, words).At];
        var saved = TokenEstimator.Instance.Count(text) - 2 - (_log.TimeAt[line] >= 0 ? TokenEstimator.Instance.Count(_log.Time(line)) : 0);
        for (var word = 0; word < words; word++)
        {
            var value = Word(line, word);
            saved -= LogLines.HasDigit(value) && word > 0 ? 1 + TokenEstimator.Instance.Count(value) : 0;
        }

        return saved;
    }

    private byte[]? Write()
    {
        // 1. Letters in the order of their first lines.
        var output = new ByteBuffer(_log.Text.Source.Length / 3);
        new NotationHeader(LogNotation.Name, _log.Count, false, Legend()).Write(output);
        var gained = _repeats.Count > 0;
        var blockCodes = new Dictionary<Block, int>();
        for (var i = 0; i < _log.Count && _codeCount < LogNotation.MaxCodes; i++)
        {
            if (_blocks.TryGetValue(i, out var block) && blockCodes.TryAdd(block, _codeCount))
            {
                LogNotation.WriteCode(output, _codeCount++);
                output.Append(": {"u8);
                output.Append(block.Length);
                output.Append(" lines}\n"u8);
                for (var line = i; line < i + block.Length; line++)
                {
                    output.Append(_log.Text[line]);
                    output.Append((byte)'\n');
                }
            }
            else if (!_isCovered[i] && _log.ShapeOf[i] != LogLines.NoShape && _templateOf[_log.ShapeOf[i]] is { } template && _codes.TryAdd(template, _codeCount))
            {
                LogNotation.WriteCode(output, _codeCount++);
                output.Append(": "u8);
                template.Write(output);
                output.Append((byte)'\n');
            }
        }

        // 2. The lines.
        Span<byte> previous = stackalloc byte[LogTimestamp.MaxLength * 2];
        Span<byte> expanded = stackalloc byte[LogTimestamp.MaxLength * 2];
        var timeLength = 0;
        for (var i = 0; i < _log.Count; i++)
        {
            if ((i & 0xFFF) == 0)
            {
                _cancellation.ThrowIfCancellationRequested();
            }

            if (_repeats.TryGetValue(i, out var repeat))
            {
                output.Append("{last "u8);
                if (repeat.Period > 1)
                {
                    output.Append(repeat.Period);
                    output.Append(" lines "u8);
                }
                else
                {
                    output.Append("line "u8);
                }

                output.Append(repeat.Times);
                output.Append(" more times}\n"u8);
                i += (repeat.Period * repeat.Times) - 1;
                continue;
            }

            if (_blocks.TryGetValue(i, out var block) && blockCodes.TryGetValue(block, out var blockCode))
            {
                LogNotation.WriteCode(output, blockCode);
                output.Append((byte)'\n');
                i += block.Length - 1;
                continue;
            }

            WriteLine(i, output, previous, ref timeLength, expanded);
            output.Append((byte)'\n');
        }

        if (_codeCount == 0 && !gained && _log.Timed == 0)
        {
            return null;
        }

        if (!_log.Text.EndsWithLineFeed)
        {
            output.Truncate(output.Length - 1);
        }

        return output.Length < _log.Text.Source.Length ? output.ToArray() : null;
    }

    private string Legend() =>
        (_log.Text.IsCrLf ? "crlf; " : "") + "A: = text of lines A, {} values in order, {t} time; a time shows only its changed end; = as above";

    private void WriteLine(int line, ByteBuffer output, Span<byte> previous, ref int timeLength, Span<byte> expanded)
    {
        var text = _log.Text[line];
        var time = _log.Time(line);
        var from = output.Length;
        var template = _log.ShapeOf[line] == LogLines.NoShape || _isCovered[line] ? null : _templateOf[_log.ShapeOf[line]];
        if (template is not null && _codes.TryGetValue(template, out var code) && template.Match(line, _values) is >= 0 and var count)
        {
            // 1. Time, letter, values.
            if (!template.HasTime || time.SequenceEqual(previous[..timeLength]) || WriteTime(time, output, previous[..timeLength], expanded, false))
            {
                // 10 PM could be a code of many after an hour.
                var timed = output.Length - from;
                output.Append(timed > 0 ? " "u8 : default);
                LogNotation.WriteCode(output, code);
                if (timed == 0 || LogNotation.ReadTime(output.Written[from..]) == timed)
                {
                    WriteValues(line, text, template, count, output);
                    if (template.HasTime)
                    {
                        time.CopyTo(previous);
                        timeLength = time.Length;
                    }

                    return;
                }
            }
        }

        // 2. Time and text.
        output.Truncate(from);
        if (_log.TimeAt[line] == 0 && time.Length < text.Length && WriteTime(time, output, previous[..timeLength], expanded, true))
        {
            var written = output.Length - from;
            var rest = text[time.Length..];
            output.Append(rest);
            if (LogNotation.ReadTime(output.Written[from..]) == written && !(rest[0] == ' ' && LogNotation.IsCoded(rest[1..], _codeCount)))
            {
                time.CopyTo(previous);
                timeLength = time.Length;
                return;
            }
        }

        // 3. Text.
        output.Truncate(from);
        if (LogNotation.NeedsEscape(text, _codeCount))
        {
            output.Append(LogNotation.Escape);
        }

        output.Append(text);
    }

    // False, and nothing to be relied on, when the end that changed would not lead back to the timestamp.
    private static bool WriteTime(ReadOnlySpan<byte> time, ByteBuffer output, ReadOnlySpan<byte> previous, Span<byte> expanded, bool atLeastOneField)
    {
        if (time.Length > LogTimestamp.MaxLength)
        {
            return false;
        }

        var from = time.CommonPrefixLength(previous);
        from = from == time.Length && atLeastOneField ? from - 1 : from;
        while (from > 0 && from <= time.Length && LogTimestamp.IsDigit(time[from - 1]))
        {
            from--;
        }

        if (from < time.Length && !LogTimestamp.IsDigit(time[from]))
        {
            from = 0;
        }

        for (; ; from = 0)
        {
            var written = time[from..];
            if (LogNotation.ReadTime(written) == written.Length
                && LogNotation.ExpandTime(previous, written, expanded) is var length && expanded[..length].SequenceEqual(time))
            {
                output.Append(written);
                return true;
            }

            if (from == 0)
            {
                return false;
            }
        }
    }

    private void WriteValues(int line, ReadOnlySpan<byte> text, LineTemplate template, int count, ByteBuffer output)
    {
        var start = _log.Text.StartOf(line);
        var source = _log.Text.Source.Span;
        for (var i = 0; i < count; i++)
        {
            output.Append((byte)' ');
            var value = text[_values[i].From.._values[i].To];
            if (template.HasTail && i == count - 1)
            {
                output.Append(value);
            }
            else if (value.IsEmpty)
            {
                output.Append("\"\""u8);
            }
            else if (value.Length > 3 && i < _lastCount && source.Slice(_last[i].At, _last[i].Length).SequenceEqual(value))
            {
                output.Append(LogNotation.Same);
            }
            else
            {
                output.Append(value);
            }

            _last[i] = (start + _values[i].From, value.Length);
        }

        _lastCount = count;
    }

    private sealed class Block(int first, int length)
    {
        public int First => first;

        public int Length => length;

        public List<int> Starts { get; } = [first];
    }

    private sealed class Beginning(int words, int line)
    {
        public int Words => words;

        public int Line => line;

        public int Lines { get; set; }

        public List<int> Shapes { get; } = [];
    }
}
