using Headroom.Engine.Ccr;

namespace Headroom.Engine.Requests;

/// <summary>A block that has no pin yet.</summary>
/// <param name="Key">Names the pin.</param>
/// <param name="Block">Where it stands; when a request holds it several times, the first.</param>
/// <param name="Treatment">What may be done to it.</param>
/// <param name="IsCached">True when the provider has seen it as it is, and so has very likely cached it.</param>
internal readonly record struct FreshBlock(PinKey Key, Block Block, Treatment Treatment, bool IsCached);
