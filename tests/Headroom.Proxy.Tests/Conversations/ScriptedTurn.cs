using System.Text;
using System.Text.RegularExpressions;
using Headroom.Proxy.Tests.Retrieval;

namespace Headroom.Proxy.Tests.Conversations;

/// <summary>What the model says in a turn: to the client, and where it can, to Headroom before.</summary>
/// <param name="Visible">What is for the client.</param>
/// <param name="HiddenIds">The ids of the calls of the retrieve tool.</param>
/// <param name="IsOpen">True when the hidden calls stand beside the client's own.</param>
internal sealed partial record ScriptedTurn(IReadOnlyList<Part> Visible, IReadOnlyList<string> HiddenIds, bool IsOpen)
{
    /// <summary>The model's turns; only one where there is nothing to retrieve.</summary>
    public IReadOnlyList<Script> Scripts(byte[] sent)
    {
        var text = Encoding.UTF8.GetString(sent);
        if (HiddenIds.Count == 0 || !text.Contains("\"headroom_retrieve\"", StringComparison.Ordinal) || Hash().Matches(text) is not { Count: > 0 } hashes)
        {
            return [new([.. Visible])];
        }

        Part[] calls = [.. HiddenIds.Select((id, i) => new Call(id, $$"""{"hash":"{{hashes[^(1 + (i % hashes.Count))].Groups[1].Value}}"}"""))];
        return IsOpen ? [new([.. Visible, .. calls])] : [new(calls), new([.. Visible])];
    }

    [GeneratedRegex("hash=([0-9a-f]{24})")]
    private static partial Regex Hash();
}
