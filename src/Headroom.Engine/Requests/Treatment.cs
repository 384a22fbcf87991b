using System.Globalization;
using Headroom.Engine.Compression;
using Headroom.Engine.Rules;

namespace Headroom.Engine.Requests;

/// <summary>What may be done to a block: the optimizer's settings, and over them the rule for its tool or command.</summary>
/// <param name="MayView">Views are allowed.</param>
/// <param name="Options">The rest, but for the marker.</param>
/// <param name="UseClass">Names all of this in the keys of pins: the same bytes are decided once for each class.</param>
internal sealed record Treatment(bool MayView, CompressionOptions Options, string UseClass)
{
    /// <summary>The treatment under a rule, or without one.</summary>
    /// <param name="settings">The optimizer's settings.</param>
    /// <param name="rule">The rule; null when none matches.</param>
    /// <param name="canRetrieve">Whether the reader of a view could get the original back.</param>
    public static Treatment Of(RequestOptimizerOptions settings, CompressionRule? rule, bool canRetrieve)
    {
        var plain = new CompressionOptions { Level = settings.Level, Budget = settings.Budget };
        var options = rule?.Over(plain) ?? plain;
        var mayView = canRetrieve && options.Level != CompressionLevel.Lossless;

        // What was decided under the settings of an earlier start stays decided, so these are no part of the class; what differs between
        // rules of one start has to be.
        var parts = new List<string> { mayView ? "view" : "lossless" };
        if (mayView)
        {
            parts.AddRange(rule?.Budget is { } most ? [most.ToString(CultureInfo.InvariantCulture)] : []);
            parts.AddRange(options.Level != settings.Level ? [options.Level.ToString()] : []);
            parts.AddRange(options.Keep.Count > 0 ? [string.Join('\n', options.Keep.Select(pattern => pattern.ToString()))] : []);
        }

        parts.AddRange(options.Kind is { } kind ? [kind.ToString()] : []);
        return new Treatment(mayView, options, string.Join('/', parts));
    }
}
