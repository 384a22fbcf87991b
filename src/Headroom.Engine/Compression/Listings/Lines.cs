namespace Headroom.Engine.Compression.Listings;

/// <summary>Where the lines of a body are, without the line feeds between them. A body that ends with one has no empty line after it.</summary>
internal ref struct Lines(ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    public Range Current { get; private set; }

    public readonly Lines GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_at >= _text.Length)
        {
            return false;
        }

        var length = _text[_at..].IndexOf((byte)'\n');
        Current = _at..(length < 0 ? _text.Length : _at + length);
        _at = Current.End.Value + 1;
        return true;
    }
}
