using System.Runtime.CompilerServices;

namespace Headroom.Engine.Compression;

/// <summary>A growing run of UTF-8 bytes; with a limit, it holds no more and looks at the limit's token as it grows.</summary>
internal sealed class ByteBuffer
{
    // Sizes are guesses, and some come from numbers that a caller chose: more is taken only when it is written.
    private const int MostAtFirst = 1 << 24;

    // What is written between two looks at the token.
    private const int Stretch = 1 << 20;

    private readonly DecodeLimit? _limit;
    private byte[] _bytes;

    // Up to here bytes are written without a further look.
    private int _end;

    public ByteBuffer(int capacity, DecodeLimit? limit = null)
    {
        _limit = limit;
        _bytes = new byte[Math.Clamp(capacity, 256, MostAtFirst)];
        _end = limit is null ? _bytes.Length : Math.Min(Math.Min(_bytes.Length, Stretch), limit.Bytes);
    }

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What was written, without a copy; good until more is.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(byte value)
    {
        if (Length == _end)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
    }

    public void Append(char ascii) => Append((byte)ascii);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> value)
    {
        if (value.Length > _end - Length)
        {
            Grow(value.Length);
        }

        value.CopyTo(_bytes.AsSpan(Length));
        Length += value.Length;
    }

    public void Append(int number)
    {
        Span<byte> digits = stackalloc byte[11];
        System.Buffers.Text.Utf8Formatter.TryFormat(number, digits, out var written);
        Append(digits[..written]);
    }

    /// <summary>Appends a value so many times, none where that is not above zero.</summary>
    public void AppendRepeated(ReadOnlySpan<byte> value, int times)
    {
        // :: Step 1: room for all of it at once.
        var total = (long)value.Length * Math.Max(0, times);
        if (total > _end - Length)
        {
            Grow(total);
        }

        // :: Step 2: what has been written doubles until it is enough.
        var target = _bytes.AsSpan(Length, (int)total);
        var written = Math.Min(value.Length, target.Length);
        value[..written].CopyTo(target);
        for (; written < target.Length; written += Math.Min(written, target.Length - written))
        {
            target[..Math.Min(written, target.Length - written)].CopyTo(target[written..]);
        }

        Length += target.Length;
    }

    public void AppendRepeated(char ascii, int times) => AppendRepeated([(byte)ascii], times);

    /// <summary>Moves everything from <paramref name="at"/> on behind a value that is put there.</summary>
    public void Insert(int at, ReadOnlySpan<byte> value)
    {
        Append(value);
        _bytes.AsSpan(at, Length - value.Length - at).CopyTo(_bytes.AsSpan(at + value.Length));
        value.CopyTo(_bytes.AsSpan(at));
    }

    /// <summary>Drops everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = length;

    /// <summary>Drops what was written last.</summary>
    /// <param name="count">How many bytes; all, where there are no more.</param>
    public void TruncateBy(int count) => Length = Math.Max(0, Length - count);

    /// <summary>Writes the last lines again, so many times; all of them end in line feeds.</summary>
    public void RepeatLines(int lines, int times)
    {
        // They begin behind the line feed before them.
        var start = Length;
        for (; lines >= 0 && start >= 0; lines--)
        {
            start = Written[..start].LastIndexOf((byte)'\n');
        }

        AppendRepeated(Written[(start + 1)..], times);
    }

    public byte[] ToArray() => _bytes.AsSpan(0, Length).ToArray();

    private void Grow(long more)
    {
        _limit?.CancellationToken.ThrowIfCancellationRequested();
        var needed = Length + more;
        var most = _limit?.Bytes ?? Array.MaxLength;
        if (needed > most)
        {
            throw new ContentTooLargeException(most);
        }

        if (needed > _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(Math.Max(_bytes.Length * 2L, needed), most));
        }

        _end = _limit is null ? _bytes.Length : (int)Math.Min(Math.Min(_bytes.Length, most), needed + Stretch);
    }
}
