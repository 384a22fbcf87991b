namespace Headroom.Mcp.Clients;

/// <summary>
/// The table of MCP servers in a configuration file. Works on the file's own bytes: everything outside our entry stays as it is, byte for
/// byte, comments, layout and line ends included. Pure functions; a <see cref="ConfigurationException"/> says what is wrong with a file
/// that is not well-formed or has another shape, with line and column.
/// </summary>
public interface IServerTable
{
    /// <summary>True when the table of servers is there, with or without our entry.</summary>
    /// <param name="file">The file's bytes.</param>
    bool HasTable(ReadOnlyMemory<byte> file);

    /// <summary>True when our entry is there.</summary>
    /// <param name="file">The file's bytes.</param>
    bool HasEntry(ReadOnlyMemory<byte> file);

    /// <summary>What our entry starts; null when there is none or it starts no program.</summary>
    /// <param name="file">The file's bytes.</param>
    ServerCommand? CommandIn(ReadOnlyMemory<byte> file);

    /// <summary>The file with our entry, which it does not have yet.</summary>
    /// <param name="file">The file's bytes; empty for a new file.</param>
    /// <param name="command">What the entry starts.</param>
    byte[] Add(ReadOnlyMemory<byte> file, ServerCommand command);

    /// <summary>The file without our entry.</summary>
    /// <param name="file">The file's bytes.</param>
    /// <param name="withTable">Remove the table too if no other server is in it.</param>
    byte[] Remove(ReadOnlyMemory<byte> file, bool withTable);

    /// <summary>True when nothing but white space and empty structure is in the file.</summary>
    /// <param name="file">The file's bytes.</param>
    bool IsEmpty(ReadOnlyMemory<byte> file);
}
