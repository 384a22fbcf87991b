namespace Headroom.PowerShell.Isolation;

/// <summary>Compresses content and gives originals back, over one open store.</summary>
public interface IContentStore : IAsyncDisposable
{
    /// <summary>Compresses one piece of content and stores the original of whatever changed.</summary>
    /// <param name="original">The content's own bytes, which are stored; what is compressed is the text in them.</param>
    /// <param name="path">The file that they came from; null for content from the pipeline.</param>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="cancellationToken">Ends the work between steps.</param>
    Task<CompressedContent> CompressAsync(
        ReadOnlyMemory<byte> original, string? path, CompressionSettings settings, CancellationToken cancellationToken);

    /// <summary>The whole original stored under a hash, or null when there is none.</summary>
    Task<RetrievedContent?> RetrieveAsync(string hash, CancellationToken cancellationToken);

    /// <summary>An original, whole or in part; throws a <see cref="HeadroomException"/> that says why there is none.</summary>
    Task<RetrievedContent> RetrieveAsync(RetrievalSettings settings, CancellationToken cancellationToken);

    /// <summary>How much the workspace holds.</summary>
    Task<HeadroomCache> ReadCacheAsync(CancellationToken cancellationToken);

    /// <summary>The workspace's originals, the most recently used first.</summary>
    IAsyncEnumerable<HeadroomCacheEntry> ListAsync(CancellationToken cancellationToken);

    /// <summary>Removes originals and decisions.</summary>
    /// <param name="olderThan">Only what was not used for so long; null for everything.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    Task<HeadroomCacheRemoval> ClearAsync(TimeSpan? olderThan, CancellationToken cancellationToken);

    /// <summary>Removes these originals with the decisions about them, and nothing else.</summary>
    /// <param name="hashes">The names of originals.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns>What was removed, and for each hash under which nothing is stored why not.</returns>
    Task<(HeadroomCacheRemoval Removed, IReadOnlyList<(string Hash, HeadroomException Reason)> Missing)> RemoveAsync(
        IReadOnlyCollection<string> hashes, CancellationToken cancellationToken);

    /// <summary>What the user should know of the store since the last call.</summary>
    IReadOnlyList<string> TakeWarnings();

    /// <summary>The hashes that stand in the markers of a text, each once, in their order.</summary>
    IReadOnlyList<string> HashesIn(string text);

    /// <summary>
    /// Decodes a lossless form to the text it stands for, JSON without white space; null when the text is not one. Throws a
    /// <see cref="HeadroomException"/> when it stands for more than can be decoded.
    /// </summary>
    string? Decode(string text, CancellationToken cancellationToken);
}
