using System.Buffers;

namespace Headroom.Engine.Requests;

/// <summary>
/// Bytes for a moment. Small ones are borrowed from the pool; large ones, which the pool would keep for whoever never comes again, are made
/// and left to the collector.
/// </summary>
internal readonly ref struct Scratch : IDisposable
{
    private const int MostPooled = 1 << 20;

    private readonly byte[] _bytes;

    /// <param name="length">The least that <see cref="Bytes"/> has.</param>
    public Scratch(int length) =>
        _bytes = length <= MostPooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);

    /// <summary>At least as long as was asked for.</summary>
    public Span<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes.Length <= MostPooled)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
