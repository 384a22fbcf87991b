namespace Headroom.Architecture.Tests;

/// <summary>Dependencies point one way, between assemblies and between the engine's rooms.</summary>
public sealed class DependencyTests
{
    private static readonly Dictionary<string, string[]> ProductReferences = new(StringComparer.Ordinal)
    {
        ["Headroom.Engine"] = [],
        // A running proxy is an MCP server too, at /mcp, behind the same gate; the MCP server itself knows nothing of HTTP.
        ["Headroom.Proxy"] = ["Headroom.Engine", "Headroom.Mcp"],
        ["Headroom.Redis"] = ["Headroom.Engine"],
        ["Headroom.Mcp"] = ["Headroom.Engine"],
        ["headroom"] = ["Headroom.Engine", "Headroom.Mcp", "Headroom.Proxy", "Headroom.Redis"],
        ["Headroom.PowerShell"] = [],
        // It implements the border that the cmdlets declare, inside the module's own load context.
        ["Headroom.PowerShell.Runtime"] = ["Headroom.Engine", "Headroom.Mcp", "Headroom.PowerShell", "Headroom.Proxy", "Headroom.Redis"],
        ["Headroom.AspNetCore"] = [],
    };

    private static readonly Dictionary<string, string[]> EngineRooms = new(StringComparer.Ordinal)
    {
        ["Files"] = [],
        ["Content"] = [],
        ["Tokens"] = [],
        ["Diagnostics"] = [],
        ["Ccr"] = ["Files"],
        ["Compression"] = ["Content", "Tokens"],
        ["Accounting"] = ["Tokens"],
        ["Rules"] = ["Compression", "Content", "Files"],
        ["Fidelity"] = ["Compression", "Ccr", "Tokens", "Content"],
        ["Retrieval"] = ["Compression", "Ccr", "Tokens", "Content", "Diagnostics"],
        ["Requests"] = ["Rules", "Retrieval", "Compression", "Ccr", "Tokens", "Content", "Diagnostics"],
    };

    public static TheoryData<InspectedAssembly> Assemblies => [.. InspectedAssembly.All];

    [Fact]
    public void Every_project_under_src_is_inspected()
    {
        var projects = Directory.EnumerateFiles(Path.Combine(SourceFile.RepositoryRoot, "src"), "*.csproj", SearchOption.AllDirectories);
        Assert.Equal(projects.Count(), InspectedAssembly.All.Count);
        Assert.Contains("Headroom.Engine", InspectedAssembly.All.Select(a => a.Name));
    }

    [Theory, MemberData(nameof(Assemblies), DisableDiscoveryEnumeration = true)]
    public void An_assembly_references_only_the_product_assemblies_below_it(InspectedAssembly assembly)
    {
        Assert.True(ProductReferences.TryGetValue(assembly.Name, out var allowed), $"{assembly.Name} has no rule.");
        Assert.Empty(assembly.References.Where(IsProduct).Except(allowed));
    }

    [Theory]
    [InlineData("Headroom.Engine")]
    [InlineData("Headroom.Mcp")]
    public void Engine_and_mcp_server_know_neither_http_servers_nor_powershell(string assembly) =>
        Assert.DoesNotContain(Named(assembly).References, r => IsHttpServer(r) || IsPowerShell(r));

    [Theory]
    [InlineData("Headroom.Proxy")]
    [InlineData("headroom")]
    public void Proxy_and_command_line_do_not_know_powershell(string assembly) => Assert.DoesNotContain(Named(assembly).References, IsPowerShell);

    [Fact]
    public void Cmdlets_reference_only_the_framework_and_powershell()
    {
        foreach (var cmdlets in InspectedAssembly.All.Where(a => a.Name == "Headroom.PowerShell"))
        {
            Assert.DoesNotContain(
                cmdlets.References, r => !IsPowerShell(r) && r != "netstandard" && r != "System" && !r.StartsWith("System.", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Rooms_of_the_engine_use_only_the_rooms_below_them()
    {
        var wrong = Named("Headroom.Engine").Uses
            .Select(u => (u.From, u.To, FromRoom: Room(u.FromNamespace), ToRoom: Room(u.ToNamespace)))
            .Where(u => u.FromRoom is not null && u.ToRoom is not null && u.FromRoom != u.ToRoom)
            .Where(u => !EngineRooms[u.FromRoom!].Contains(u.ToRoom, StringComparer.Ordinal))
            .Select(u => $"{u.FromRoom}.{u.From} uses {u.ToRoom}.{u.To}")
            .Distinct();
        Assert.Empty(wrong);
    }

    [Fact]
    public void Every_engine_type_lives_in_a_known_room()
    {
        var rooms = Named("Headroom.Engine").Uses.Where(u => u.FromNamespace.StartsWith("Headroom", StringComparison.Ordinal))
            .Select(u => Room(u.FromNamespace) ?? u.From)
            .ToHashSet(StringComparer.Ordinal);
        Assert.Empty(rooms.Except(EngineRooms.Keys));
        Assert.Contains("Compression", rooms);
    }

    [Fact]
    public void Uses_are_found_in_signatures_and_in_method_bodies()
    {
        // Known truths about this very code base: were the reader blind, every rule above would hold for nothing.
        var uses = Named("Headroom.Engine").Uses;
        Assert.Contains(uses, u => u is { From: "ContentRouter", To: "ContentDetector", Member: "Detect" });
        Assert.Contains(uses, u => u is { From: "CompressionResult", To: "ContentKind" });
        Assert.Contains(Named("headroom").Uses, u => u is { To: "ProxyServer", Member: "StartAsync", ToAssembly: "Headroom.Proxy" });
    }

    private static InspectedAssembly Named(string name) => InspectedAssembly.All.Single(a => a.Name == name);

    private static string? Room(string ns) =>
        ns.StartsWith("Headroom.Engine.", StringComparison.Ordinal) ? ns.Split('.')[2] : null;

    private static bool IsProduct(string assembly) => assembly.StartsWith("headroom", StringComparison.OrdinalIgnoreCase);

    private static bool IsHttpServer(string assembly) =>
        assembly.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal) || assembly.StartsWith("Yarp", StringComparison.Ordinal);

    private static bool IsPowerShell(string assembly) => assembly == "System.Management.Automation";
}
