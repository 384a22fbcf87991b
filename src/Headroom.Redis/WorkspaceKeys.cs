namespace Headroom.Redis;

/// <summary>
/// The keys of a workspace. What stands in braces decides the slot in a cluster (redis.io/docs, "Redis cluster specification", hash tags), so all
/// of a workspace is in one place and a script can reach it. No two workspaces have a key in common: what follows holds no brace.
/// </summary>
internal static class WorkspaceKeys
{
    public static string Of(string workspace, string name) => $"{{headroom:{workspace}}}:{name}";
}
