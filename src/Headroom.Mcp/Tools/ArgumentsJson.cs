using System.Text.Json;
using System.Text.Json.Serialization;

namespace Headroom.Mcp.Tools;

[JsonSerializable(typeof(IDictionary<string, JsonElement>))]
internal sealed partial class ArgumentsJson : JsonSerializerContext;
