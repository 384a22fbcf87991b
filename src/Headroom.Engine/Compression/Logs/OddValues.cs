using System.IO.Hashing;

namespace Headroom.Engine.Compression.Logs;

/// <summary>
/// Finds the lines that stand out by a value: a word that is seldom at its place in a statement (a status, a method, the first part of a path), or a
/// number far from the others there by median and MAD (F. R. Hampel: "The Influence Curve and its Role in Robust Estimation", JASA 1974).
/// </summary>
internal static class OddValues
{
    /// <summary>Statements made less often have no usual values.</summary>
    private const int LeastLines = 20;

    /// <summary>Places looked at in one statement.</summary>
    private const int MaxPlaces = 24;

    /// <summary>A seldom value stands in at most this many lines, and all seldom values of a place in at most this part of the lines.</summary>
    private const int SeldomCount = 2;
    private const double SeldomShare = 0.15;

    /// <summary>Of few values those in at most this part of the lines are shown once.</summary>
    private const double SmallShare = 0.05;
    private const int FewValues = 16;

    /// <summary>With more different values a place is no choice between some.</summary>
    private const int MaxWords = 64;
    private const int MaxNumbers = 32;

    /// <summary>A place of numbers: but for this part.</summary>
    private const double NumberShare = 0.9;

    private const double Far = 3;
    private const double VeryFar = 10;
    private const double SigmaOfMad = 1.4826;
    private const int Samples = 512;
    private const int MaxFar = 16;

    /// <summary>Shorter runs of the letters a to f are words.</summary>
    private const int LeastHex = 4;

    private const byte Letter = 1;
    private const byte Digit = 2;
    private const byte NoHex = 4;

    private static readonly byte[] Classes = ClassifyBytes();

    /// <summary>The lines, those first of whose kind there are the fewest.</summary>
    public static List<int> Lines(Log log, int[] groupOfShape, int[] groupCounts, CancellationToken cancellationToken)
    {
        // 1. The places of statements that are made often.
        var lines = log.Lines;
        var places = new Place[groupCounts.Length][];
        for (var group = 0; group < places.Length; group++)
        {
            if (groupCounts[group] >= LeastLines)
            {
                var stride = Math.Max(1, groupCounts[group] / Samples);
                var varies = log.Groups[group].Varies;
                places[group] = [.. Enumerable.Range(0, varies.Length).Where(word => varies[word]).Take(MaxPlaces).Select(word => new Place(word, stride))];
            }
        }

        // 2. Their values.
        for (var line = 0; line < lines.Count; line++)
        {
            if ((line & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (lines.ShapeOf[line] is var shape && shape != LogLines.NoShape && places[groupOfShape[shape]] is { Length: > 0 } observed)
            {
                var text = lines.Text[line];
                foreach (var place in observed)
                {
                    var (at, length) = lines.Word(line, place.Word);
                    place.Observe(text.Slice(at, length), line);
                }
            }
        }

        // 3. What is odd among them.
        var found = new List<List<int>>();
        foreach (var place in places)
        {
            foreach (var observed in place ?? [])
            {
                observed.AddOdd(found);
            }
        }

        return [.. found.OrderBy(odd => odd.Count).SelectMany(odd => odd).Distinct()];
    }

    private static byte[] ClassifyBytes()
    {
        var classes = new byte[256];
        for (var b = 0; b < 256; b++)
        {
            classes[b] = b >= 0x80 ? NoHex
                : !char.IsAsciiLetterOrDigit((char)b) ? (byte)0
                : char.IsAsciiDigit((char)b) ? Digit
                : char.IsAsciiHexDigit((char)b) ? Letter : NoHex;
        }

        return classes;
    }

    private sealed class Place(int word, int stride)
    {
        private readonly Choice _words = new(MaxWords);
        private readonly Choice _roots = new(MaxWords);
        private readonly Choice _values = new(MaxNumbers);
        private readonly Extremes _extremes = new();
        private readonly List<double> _samples = [];
        private int _count;
        private int _numbers;

        public int Word => word;

        public void Observe(ReadOnlySpan<byte> value, int line)
        {
            _count++;
            if (Quantity.TryParse(value, out var number))
            {
                if (_numbers++ % stride == 0)
                {
                    _samples.Add(number);
                }

                _extremes.Observe(number, line);
                _words.Observe(0, line);
                if (!_values.IsTooMany)
                {
                    _values.Observe(XxHash3.HashToUInt64(value), line);
                }

                return;
            }

            // Of a path what it begins with; what follows is one of many.
            if (!_words.IsTooMany)
            {
                _words.Observe(Masked(value), line);
            }

            if (value[0] == '/' && !_roots.IsTooMany)
            {
                var end = value[1..].IndexOf((byte)'/');
                _roots.Observe(end < 0 ? 0 : Masked(value[..(end + 1)]), line);
            }
        }

        public void AddOdd(List<List<int>> found)
        {
            Add(_words.Odd(LeastLines));
            Add(_roots.Odd(LeastLines));
            Add(_values.Odd(LeastLines));
            if (_numbers >= Math.Max(LeastLines, _count * NumberShare))
            {
                AddFar(found);
            }

            void Add(List<int> odd)
            {
                if (odd.Count > 0)
                {
                    found.Add(odd);
                }
            }
        }

        private void AddFar(List<List<int>> found)
        {
            _samples.Sort();
            var median = _samples[_samples.Count / 2];
            var distances = _samples.ConvertAll(sample => Math.Abs(sample - median));
            distances.Sort();
            var sigma = SigmaOfMad * distances[distances.Count / 2];
            if (sigma == 0 && !_values.IsTooMany)
            {
                return;
            }

            foreach (var side in (List<(double Value, int Line)>[])[_extremes.Largest, _extremes.Smallest])
            {
                var far = side.Where(extreme => Math.Abs(extreme.Value - median) > Far * sigma).ToList();
                if (far.Count > MaxFar)
                {
                    far = side.Where(extreme => Math.Abs(extreme.Value - median) > VeryFar * sigma).ToList();
                }

                if (far.Count > 0)
                {
                    found.Add(far.Count > MaxFar ? [far[0].Line] : far.ConvertAll(extreme => extreme.Line));
                }
            }
        }

        // Runs of letters and digits with a digit in them, and what looks like hex, stand for any such.
        private static ulong Masked(ReadOnlySpan<byte> value)
        {
            const ulong Prime = 0x9E3779B97F4A7C15;
            var classes = Classes;
            var hash = Prime;
            for (var i = 0; i < value.Length;)
            {
                var run = hash;
                var start = i;
                var kinds = 0;
                for (; i < value.Length && classes[value[i]] is var kind && kind != 0; i++)
                {
                    kinds |= kind;
                    run = (run ^ value[i]) * Prime;
                }

                hash = i == start ? (hash ^ value[i++]) * Prime
                    : (kinds & Digit) != 0 || ((kinds & NoHex) == 0 && i - start >= LeastHex) ? (hash ^ 1) * Prime : run;
                hash ^= hash >> 32;
            }

            return hash;
        }
    }

    /// <summary>How often each of some values came, and in which lines first.</summary>
    private sealed class Choice(int most)
    {
        private ulong[] _keys = new ulong[4];
        private (int Count, int First, int Second)[] _values = new (int, int, int)[4];
        private int _distinct;
        private int _count;

        public bool IsTooMany => _distinct > most;

        public void Observe(ulong key, int line)
        {
            if (IsTooMany)
            {
                return;
            }

            _count++;
            var at = _keys.AsSpan(0, _distinct).IndexOf(key);
            if (at >= 0)
            {
                ref var value = ref _values[at];
                value.Second = value.Count++ == 1 ? line : value.Second;
            }
            else if (_distinct++ < most)
            {
                if (_distinct > _keys.Length)
                {
                    Array.Resize(ref _keys, _keys.Length * 2);
                    Array.Resize(ref _values, _values.Length * 2);
                }

                _keys[_distinct - 1] = key;
                _values[_distinct - 1] = (1, line, -1);
            }
        }

        public List<int> Odd(int least)
        {
            var odd = new List<int>();
            if (IsTooMany || _distinct < 2 || _count < least)
            {
                return odd;
            }

            var values = _values.AsSpan(0, _distinct);
            var seldom = 0;
            foreach (var (count, _, _) in values)
            {
                seldom += count <= SeldomCount ? count : 0;
            }

            foreach (var (count, first, second) in values)
            {
                if (count <= SeldomCount ? seldom <= Math.Max(1, _count * SeldomShare) : _distinct <= FewValues && count <= _count * SmallShare)
                {
                    odd.Add(first);
                    if (count == SeldomCount)
                    {
                        odd.Add(second);
                    }
                }
            }

            return odd;
        }
    }

    /// <summary>The largest and the smallest numbers, the farthest out first, one more than is looked for.</summary>
    private sealed class Extremes
    {
        public List<(double Value, int Line)> Largest { get; } = [];

        public List<(double Value, int Line)> Smallest { get; } = [];

        public void Observe(double value, int line)
        {
            if (Largest.Count <= MaxFar || value > Largest[^1].Value)
            {
                Insert(Largest, value, line, 1);
            }

            if (Smallest.Count <= MaxFar || value < Smallest[^1].Value)
            {
                Insert(Smallest, value, line, -1);
            }
        }

        private static void Insert(List<(double Value, int Line)> side, double value, int line, int sign)
        {
            var at = side.Count;
            while (at > 0 && side[at - 1].Value * sign < value * sign)
            {
                at--;
            }

            side.Insert(at, (value, line));
            if (side.Count > MaxFar + 1)
            {
                side.RemoveAt(MaxFar + 1);
            }
        }
    }
}
