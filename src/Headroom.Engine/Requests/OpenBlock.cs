using Headroom.Engine.Ccr;

namespace Headroom.Engine.Requests;

/// <summary>A block that is being decided about: its text, and how long that may take.</summary>
internal sealed class OpenBlock : IDisposable
{
    private readonly Func<OpenBlock, PinProposal> _decide;
    private readonly CancellationTokenSource _deadline;
    private readonly CancellationTokenSource _either;

    /// <param name="block">The block.</param>
    /// <param name="original">Its text.</param>
    /// <param name="decide">Decides about it.</param>
    /// <param name="deadline">Cancelled when its time is over.</param>
    /// <param name="stopping">Cancelled when that of the request is, or the client has gone.</param>
    public OpenBlock(
        FreshBlock block, ReadOnlyMemory<byte> original, Func<OpenBlock, PinProposal> decide, CancellationTokenSource deadline, CancellationToken stopping)
    {
        (Block, Original, _decide, _deadline) = (block, original, decide, deadline);
        _either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stopping);
    }

    public FreshBlock Block { get; }

    public ReadOnlyMemory<byte> Original { get; }

    /// <summary>Cancelled when nobody waits for the decision any more.</summary>
    public CancellationToken Token => _either.Token;

    public PinProposal Decide() => _decide(this);

    public void Dispose()
    {
        _either.Dispose();
        _deadline.Dispose();
    }
}
