namespace Headroom.Mcp.Tools;

/// <summary>What the compress tool of one server has done so far. Thread-safe.</summary>
internal sealed class CompressionTotals
{
    private readonly Lock _gate = new();
    private long _calls;
    private long _tokensBefore;
    private long _tokensAfter;

    /// <summary>Number of contents, and their tokens before and after.</summary>
    public (long Calls, long TokensBefore, long TokensAfter) Sums
    {
        get
        {
            lock (_gate)
            {
                return (_calls, _tokensBefore, _tokensAfter);
            }
        }
    }

    public void Add(int tokensBefore, int tokensAfter)
    {
        lock (_gate)
        {
            _calls++;
            _tokensBefore += tokensBefore;
            _tokensAfter += tokensAfter;
        }
    }
}
