using System.Buffers;
using Headroom.Proxy.Forwarding;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Workspaces;

/// <summary>
/// Keeps projects apart that share a proxy. A request names its workspace in a header, or means the proxy's own. Others are opened at
/// their first request and stay open until so many others were used since; the proxy's own stays to the end. Thread-safe.
/// </summary>
/// <param name="name">The name of the proxy's own workspace.</param>
/// <param name="own">The proxy's own workspace.</param>
/// <param name="open">Opens another; must not do anything that can fail or takes time.</param>
internal sealed class OpenWorkspaces(string name, Workspace own, Func<string, Workspace> open) : IAsyncDisposable
{
    /// <summary>The header that names a workspace; like all of its prefix it ends here.</summary>
    public const string Header = HeaderPolicy.OwnPrefix + "workspace";

    /// <summary>The most workspaces beside the proxy's own that stay open without a request.</summary>
    public const int MostIdle = 32;

    private const int LongestName = 64;

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _byUse = [];

    /// <summary>
    /// The workspace that a request names: 1 to 64 characters of <c>A-Z a-z 0-9 . _ -</c>; null when it names none.
    /// </summary>
    /// <returns>False when the header holds anything else.</returns>
    public static bool TryName(IHeaderDictionary headers, out string? named)
    {
        var values = headers[Header];
        named = values is [{ } single] ? single : null;
        return values.Count == 0 || (named is { Length: > 0 and <= LongestName } && !named.AsSpan().ContainsAnyExcept(NameCharacters));
    }

    /// <summary>Serves one request in a workspace, which stays open until then.</summary>
    /// <param name="named">The workspace; null for the proxy's own.</param>
    /// <param name="serve">Serves the request.</param>
    public async Task ServeAsync(string? named, Func<Workspace, Task> serve)
    {
        if (named is null || named == name)
        {
            await serve(own);
            return;
        }

        var node = Enter(named);
        try
        {
            await serve(node.Value.Workspace);
        }
        finally
        {
            if (Leave(node) is { } surplus)
            {
                await surplus.DisposeAsync();
            }
        }
    }

    /// <summary>Closes all of them, whatever is under way.</summary>
    public async ValueTask DisposeAsync()
    {
        Entry[] open;
        lock (_gate)
        {
            open = [.. _byUse];
            _byUse.Clear();
            _entries.Clear();
        }

        await own.DisposeAsync();
        foreach (var entry in open)
        {
            await entry.Workspace.DisposeAsync();
        }
    }

    private LinkedListNode<Entry> Enter(string named)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(named, out var node))
            {
                _byUse.Remove(node);
            }
            else
            {
                node = _entries[named] = new LinkedListNode<Entry>(new Entry(named, open(named)));
            }

            _byUse.AddFirst(node);
            node.Value.Requests++;
            return node;
        }
    }

    // One came in at most since the last surplus left, so one leaves at most.
    private Workspace? Leave(LinkedListNode<Entry> node)
    {
        lock (_gate)
        {
            node.Value.Requests--;
            for (var last = _byUse.Last; _entries.Count > MostIdle && last is not null; last = last.Previous)
            {
                if (last.Value.Requests == 0)
                {
                    _byUse.Remove(last);
                    _entries.Remove(last.Value.Name);
                    return last.Value.Workspace;
                }
            }

            return null;
        }
    }

    private sealed class Entry(string name, Workspace workspace)
    {
        public string Name => name;

        public Workspace Workspace => workspace;

        /// <summary>Requests under way.</summary>
        public int Requests { get; set; }
    }
}
