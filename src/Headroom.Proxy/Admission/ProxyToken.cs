using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Headroom.Proxy.Admission;

/// <summary>
/// The secret that callers from other machines present. Only its SHA-256 digest is kept, so that no log, error or dump of the
/// settings can show it.
/// </summary>
public sealed class ProxyToken
{
    /// <summary>The environment variable that gives the token to the command line.</summary>
    public const string Variable = "HEADROOM_PROXY_TOKEN";

    /// <summary>What a token must be, as the end of a sentence.</summary>
    public const string Rule = "at least 32 visible ASCII characters; 'openssl rand -hex 32' makes a good one";

    // As hex digits they carry 128 bits, which nobody guesses over a network.
    private const int MinimumLength = 32;

    private readonly byte[] _digest;

    private ProxyToken(string text) => _digest = Digest(text);

    /// <summary>Takes a token; false when it does not follow the <see cref="Rule"/>.</summary>
    /// <param name="text">The token.</param>
    /// <param name="token">The token without its text.</param>
    public static bool TryCreate(string? text, [NotNullWhen(true)] out ProxyToken? token)
    {
        token = text is { Length: >= MinimumLength } && !text.AsSpan().ContainsAnyExceptInRange('!', '~') ? new ProxyToken(text) : null;
        return token is not null;
    }

    /// <summary>True for the same text; takes the same time for every other.</summary>
    internal bool Matches(string presented) => CryptographicOperations.FixedTimeEquals(_digest, Digest(presented));

    /// <summary>Says nothing of it.</summary>
    public override string ToString() => "(secret)";

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
