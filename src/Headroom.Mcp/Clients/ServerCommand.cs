namespace Headroom.Mcp.Clients;

/// <summary>How a client starts the server.</summary>
/// <param name="Program">The program: a name that is looked up on the path, or a full path.</param>
/// <param name="Arguments">Its arguments.</param>
public sealed record ServerCommand(string Program, IReadOnlyList<string> Arguments);
