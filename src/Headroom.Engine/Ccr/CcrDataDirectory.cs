namespace Headroom.Engine.Ccr;

/// <summary>Where the product keeps a user's data when it is not told another place.</summary>
public static class CcrDataDirectory
{
    /// <summary>The environment variable that names the directory.</summary>
    public const string Variable = "HEADROOM_DATA_DIR";

    /// <summary>
    /// The directory that <see cref="Variable"/> names, or else <c>headroom</c> in the user's directory for local application
    /// data: <c>%LOCALAPPDATA%</c>, <c>~/Library/Application Support</c>, <c>$XDG_DATA_HOME</c> or <c>~/.local/share</c>. An
    /// absolute path; the directory need not exist.
    /// </summary>
    /// <exception cref="CcrStoreException">The variable is not set and the user has no home directory.</exception>
    public static string Default => Resolve(
        Environment.GetEnvironmentVariable(Variable),
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify));

    internal static string Resolve(string? configured, string localApplicationData)
    {
        if (!string.IsNullOrWhiteSpace(configured))
        {
            return Path.GetFullPath(configured);
        }

        return localApplicationData.Length > 0
            ? Path.Combine(localApplicationData, "headroom")
            : throw new CcrStoreException($"There is no directory for the user's data; set {Variable}.");
    }
}
