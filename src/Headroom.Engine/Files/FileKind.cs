namespace Headroom.Engine.Files;

/// <summary>What sort of thing lies at a path, links followed.</summary>
public enum FileKind
{
    /// <summary>Nothing is there, or the system does not tell; whoever opens it is told why.</summary>
    Unknown,

    /// <summary>A file with an end.</summary>
    Plain,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A pipe with a name (FIFO): to open it waits for somebody at its other end, perhaps for ever.</summary>
    NamedPipe,

    /// <summary>A pipe or a redirection of this very process, such as a shell's <c>/dev/fd/63</c>.</summary>
    OwnPipe,

    /// <summary>A device, which may have no end or never answer.</summary>
    Device,

    /// <summary>A socket.</summary>
    Socket,
}
