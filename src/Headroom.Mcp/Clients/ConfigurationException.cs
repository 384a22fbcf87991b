namespace Headroom.Mcp.Clients;

/// <summary>A client's configuration cannot be changed as asked; it was left as it is.</summary>
/// <param name="message">What is wrong, with the file and, where a place in it is meant, line and column from 1.</param>
/// <param name="inner">The cause, or null.</param>
public sealed class ConfigurationException(string message, Exception? inner = null) : Exception(message, inner);
