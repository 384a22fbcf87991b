using System.Text.Json.Serialization;

namespace Headroom.Mcp.Clients;

/// <summary>What an installation did to one file, kept until it is undone.</summary>
/// <param name="File">Full path of the file, as the client names it.</param>
/// <param name="Command">What the entry starts: by it the entry is known as ours.</param>
/// <param name="Original">The file's bytes before; null when there was no file.</param>
/// <param name="Installed">SHA-256 of the bytes that were written, as hex digits.</param>
/// <param name="Directories">Directories that were made for the file, the outermost first.</param>
internal sealed record InstallationRecord(
    string File, ServerCommand Command, byte[]? Original, string Installed, IReadOnlyList<string> Directories);

// The generated fast path writes bytes that are null as an empty text, which here would be another thing.
[JsonSourceGenerationOptions(WriteIndented = true, GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(InstallationRecord))]
internal sealed partial class InstallationRecordJson : JsonSerializerContext;
