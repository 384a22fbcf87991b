using System.Runtime.CompilerServices;

namespace Headroom.Engine.Compression;

/// <summary>A growing run of UTF-8 bytes.</summary>
internal sealed class ByteBuffer(int capacity)
{
    private byte[] _bytes = new byte[Math.Max(capacity, 256)];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>What was written, without a copy; good until more is.</summary>
    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(byte value)
    {
        if (Length == _bytes.Length)
        {
            Grow(1);
        }

        _bytes[Length++] = value;
    }

    public void Append(char ascii) => Append((byte)ascii);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Append(ReadOnlySpan<byte> value)
    {
        if (value.Length > _bytes.Length - Length)
        {
            Grow(value.Length);
        }

        value.CopyTo(_bytes.AsSpan(Length));
        Length += value.Length;
    }

    public void Append(int number)
    {
        if (_bytes.Length - Length < 11)
        {
            Grow(11);
        }

        System.Buffers.Text.Utf8Formatter.TryFormat(number, _bytes.AsSpan(Length), out var written);
        Length += written;
    }

    /// <summary>Moves everything from <paramref name="at"/> on behind a value that is put there.</summary>
    public void Insert(int at, ReadOnlySpan<byte> value)
    {
        Append(value);
        _bytes.AsSpan(at, Length - value.Length - at).CopyTo(_bytes.AsSpan(at + value.Length));
        value.CopyTo(_bytes.AsSpan(at));
    }

    /// <summary>Drops everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = length;

    public byte[] ToArray() => _bytes.AsSpan(0, Length).ToArray();

    private void Grow(int more) => Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, Length + more));
}
