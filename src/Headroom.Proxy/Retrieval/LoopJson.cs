using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Headroom.Proxy.Retrieval;

/// <summary>Writes the JSON that the loop makes itself.</summary>
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(string))]
internal sealed partial class LoopJson : JsonSerializerContext;
