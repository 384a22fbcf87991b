namespace Headroom.Engine.Compression.Logs;

/// <summary>A line with places for values. Learns from its lines what their values have in common; that becomes part of the text.</summary>
internal sealed class LineTemplate
{
    private readonly LogLines _log;
    private readonly Slot[] _slots;
    private readonly int _tailAtWord;

    /// <summary>A template of a line's text.</summary>
    /// <param name="log">The log.</param>
    /// <param name="first">A line of the template.</param>
    /// <param name="varies">One entry per word of that line: its place is a value's.</param>
    /// <param name="tailAtWord">From this word on the rest of the line is one value; -1 for none.</param>
    public LineTemplate(LogLines log, int first, ReadOnlySpan<bool> varies, int tailAtWord = -1)
    {
        _log = log;
        First = first;
        _tailAtWord = tailAtWord;
        Words = log.WordsIn(first);
        var slots = new List<Slot>();
        var end = tailAtWord >= 0 ? tailAtWord : Words;
        var timeAt = log.TimeAt[first];
        for (var word = 0; word < end; word++)
        {
            if (timeAt >= 0 && log.Word(first, word).At > timeAt)
            {
                slots.Add(new Slot(Slot.Time));
                timeAt = -1;
            }

            if (varies[word])
            {
                slots.Add(new Slot(word));
            }
        }

        if (timeAt >= 0)
        {
            slots.Add(new Slot(Slot.Time));
        }

        _slots = [.. slots];
    }

    public int First { get; }

    public int Words { get; }

    public bool HasTime => _log.TimeAt[First] >= 0;

    public bool HasTail => _tailAtWord >= 0;

    /// <summary>The texts around the values; null until <see cref="Finish"/>.</summary>
    public byte[][]? Literals { get; private set; }

    /// <summary>Learns from one of its lines.</summary>
    public void Observe(int line)
    {
        if (!HasTail && _log.WordsIn(line) != Words)
        {
            return;
        }

        var text = _log.Text[line];
        var firstText = _log.Text[First];
        foreach (var slot in _slots)
        {
            if (slot.Word >= 0)
            {
                var (at, length) = _log.Word(line, slot.Word);
                var (firstAt, firstLength) = _log.Word(First, slot.Word);
                slot.Observe(text.Slice(at, length), firstText.Slice(firstAt, firstLength));
            }
        }
    }

    /// <summary>Settles the texts around the values.</summary>
    /// <returns>False when they could be misread.</returns>
    public bool Finish()
    {
        var text = _log.Text[First];
        var literals = new List<byte[]>();
        var from = 0;
        foreach (var slot in _slots)
        {
            if (slot.Word == Slot.Time)
            {
                literals.Add(text[from.._log.TimeAt[First]].ToArray());
                from = _log.TimeAt[First] + _log.TimeLength[First];
            }
            else
            {
                var (at, length) = _log.Word(First, slot.Word);
                slot.Finish(text.Slice(at, length));
                if (!slot.IsConstant)
                {
                    literals.Add(text[from..(at + slot.Prefix)].ToArray());
                    from = at + length - slot.Suffix;
                }
            }
        }

        var end = HasTail ? _log.Word(First, _tailAtWord).At : text.Length;
        literals.Add(text[from..Math.Max(from, end)].ToArray());
        Literals = [.. literals];
        return from <= end && !literals.Exists(LogNotation.IsPlaceholderLike);
    }

    /// <summary>The values of a line.</summary>
    /// <param name="line">A line.</param>
    /// <param name="values">Receives where each begins in the line and ends, the timestamp left out.</param>
    /// <returns>How many there are; -1 when the line does not fit.</returns>
    public int Match(int line, Span<(int From, int To)> values)
    {
        if ((HasTail ? _log.WordsIn(line) <= _tailAtWord : _log.WordsIn(line) != Words) || _log.TimeAt[line] >= 0 != HasTime)
        {
            return -1;
        }

        var text = _log.Text[line];
        var literals = Literals!;
        var literal = 0;
        var count = 0;
        var from = 0;
        foreach (var slot in _slots)
        {
            if (slot.IsConstant)
            {
                continue;
            }

            int start;
            int end;
            if (slot.Word == Slot.Time)
            {
                start = _log.TimeAt[line];
                end = start + _log.TimeLength[line];
            }
            else
            {
                var (at, length) = _log.Word(line, slot.Word);
                if (slot.Prefix + slot.Suffix > length)
                {
                    return -1;
                }

                start = at + slot.Prefix;
                end = at + length - slot.Suffix;
                values[count++] = (start, end);
            }

            if (start < from || !text[from..start].SequenceEqual(literals[literal++]))
            {
                return -1;
            }

            from = end;
        }

        var last = literals[literal];
        if (!HasTail)
        {
            return text[from..].SequenceEqual(last) ? count : -1;
        }

        if (!text[from..].StartsWith(last))
        {
            return -1;
        }

        values[count++] = (from + last.Length, text.Length);
        return count;
    }

    /// <summary>How the legend defines it.</summary>
    public void Write(ByteBuffer output)
    {
        var literal = 0;
        foreach (var slot in _slots)
        {
            if (!slot.IsConstant)
            {
                output.Append(Literals![literal++]);
                output.Append(slot.Word == Slot.Time ? LogNotation.TimePlace : LogNotation.ValuePlace);
            }
        }

        output.Append(Literals![literal]);
        if (HasTail)
        {
            output.Append(LogNotation.TailPlace);
        }
    }

    /// <summary>One place: the words that stood there so far.</summary>
    private sealed class Slot(int word)
    {
        public const int Time = -1;

        private int _prefix = -1;
        private int _suffix;
        private int _shortest;
        private int _letters;
        private int _unit;
        private bool _isSame;

        public int Word => word;

        /// <summary>All values are the same: no place at all.</summary>
        public bool IsConstant { get; private set; }

        /// <summary>Length of what all begin with, cut where a name ends.</summary>
        public int Prefix { get; private set; }

        /// <summary>Length of what all end with.</summary>
        public int Suffix { get; private set; }

        public void Observe(ReadOnlySpan<byte> value, ReadOnlySpan<byte> first)
        {
            if (_prefix < 0)
            {
                (_prefix, _suffix, _shortest, _isSame) = (first.Length, first.Length, first.Length, true);
                _letters = LettersBeforeDigit(first);
                _unit = LettersAfterDigit(first);
            }

            if (_isSame && value.SequenceEqual(first))
            {
                return;
            }

            _isSame &= value.SequenceEqual(first);
            _shortest = Math.Min(_shortest, value.Length);
            _prefix = Math.Min(_prefix, value.CommonPrefixLength(first));
            _suffix = Math.Min(_suffix, value.Length);
            var suffix = 0;
            while (suffix < _suffix && value[^(suffix + 1)] == first[^(suffix + 1)])
            {
                suffix++;
            }

            _suffix = suffix;
            _letters = _letters > 0 && LettersBeforeDigit(value) == _letters ? _letters : 0;
            _unit = _unit > 0 && LettersAfterDigit(value) == _unit ? _unit : 0;
        }

        public void Finish(ReadOnlySpan<byte> first)
        {
            IsConstant = _isSame;
            if (_isSame || _prefix < 0)
            {
                return;
            }

            // 1. A prefix ends after punctuation or between letters and a number, a suffix likewise.
            var prefix = _prefix;
            while (prefix > 0 && (IsNamePart(first[prefix - 1]) || first[prefix - 1] == '.') && prefix != _letters)
            {
                prefix--;
            }

            var suffix = _suffix;
            while (suffix > 0 && IsNamePart(first[^suffix]) && suffix != _unit)
            {
                suffix--;
            }

            // 2. They may not overlap in the shortest value.
            (Prefix, Suffix) = (prefix, prefix + suffix <= _shortest ? suffix : 0);
        }

        private static int LettersBeforeDigit(ReadOnlySpan<byte> value)
        {
            var i = 0;
            while (i < value.Length && char.IsAsciiLetter((char)value[i]))
            {
                i++;
            }

            return i < value.Length && LogTimestamp.IsDigit(value[i]) ? i : 0;
        }

        private static int LettersAfterDigit(ReadOnlySpan<byte> value)
        {
            var i = 0;
            while (i < value.Length && char.IsAsciiLetter((char)value[^(i + 1)]))
            {
                i++;
            }

            return i < value.Length && LogTimestamp.IsDigit(value[^(i + 1)]) ? i : 0;
        }

        private static bool IsNamePart(byte b) => char.IsAsciiLetterOrDigit((char)b) || b >= 0x80;
    }
}
