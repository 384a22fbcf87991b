using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Headroom.Proxy.Retrieval;

[JsonSerializable(typeof(JsonObject))]
internal sealed partial class UsageJson : JsonSerializerContext;
