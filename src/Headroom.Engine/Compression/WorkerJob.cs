namespace Headroom.Engine.Compression;

/// <summary>Work for <see cref="CompressionWorkers"/>.</summary>
internal abstract class WorkerJob
{
    /// <summary>True when nobody waits for it any more though it runs; for <see cref="CompressionWorkers"/> to set and read.</summary>
    public bool IsGivenUp { get; set; }

    /// <summary>The bytes of content that it holds since it was given up; for <see cref="CompressionWorkers"/> to set and read.</summary>
    public long HeldBytes { get; set; }

    /// <summary>Does the work, on a worker's thread. Throws nothing.</summary>
    public abstract void Run();

    /// <summary>Takes notice that no worker will come: too many are held by work that does not end. Called without any lock.</summary>
    public abstract void Refuse();
}
