namespace Headroom.PowerShell.Isolation;

/// <summary>Which store of originals is meant; null leaves the default.</summary>
/// <param name="DataDirectory">Full path of the store's directory; null takes the user's data directory.</param>
/// <param name="Store">Where originals are kept: <c>sqlite</c> or the URL of a Redis server.</param>
/// <param name="Workspace">Whose originals are meant.</param>
public sealed record StoreSettings(string? DataDirectory, string? Store, string? Workspace);
