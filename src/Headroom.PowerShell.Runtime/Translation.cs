using System.Management.Automation;
using Headroom.Engine.Ccr;
using Headroom.Engine.Rules;
using Headroom.Proxy;

namespace Headroom.PowerShell.Runtime;

/// <summary>The engine's and the proxy's types as the module's own, and back.</summary>
internal static class Translation
{
    /// <summary>The member of the same name.</summary>
    public static T Translated<T>(this Enum value) where T : struct, Enum => Enum.Parse<T>(value.ToString());

    public static HeadroomException ToPlain(this CcrStoreException failure) =>
        new("HeadroomStoreUnavailable", ErrorCategory.ResourceUnavailable, failure.Message, failure);

    public static HeadroomException ToPlain(this CompressionRulesException failure) =>
        new("HeadroomInvalidRules", ErrorCategory.InvalidData, failure.Message, failure) { IsAboutTheCommand = true };

    public static HeadroomStatistics ToPlain(this ProxyStatistics statistics, Uri uri) => new()
    {
        Uri = uri,
        Requests = statistics.Requests.Total,
        Compressed = statistics.Requests.Compressed,
        Failed = statistics.Requests.Failed,
        TokensBefore = statistics.Tokens.Input,
        TokensSaved = statistics.Tokens.Saved,
        SavingsPercent = statistics.Tokens.SavingsPercent,
        Accuracy = statistics.Tokens.Accuracy,
        OutputTokens = statistics.Usage.Output,
        CacheReadTokens = statistics.Usage.CacheRead,
        CacheWriteTokens = statistics.Usage.CacheWrite,
        Retrievals = statistics.Retrievals.Calls,
        Continuations = statistics.Retrievals.Continuations,
        TotalSavingsUsd = statistics.Cost.TotalSavingsUsd,
        OverheadP50Ms = statistics.OverheadMs.P50,
        OverheadP95Ms = statistics.OverheadMs.P95,
        OverheadP99Ms = statistics.OverheadMs.P99,
    };
}
