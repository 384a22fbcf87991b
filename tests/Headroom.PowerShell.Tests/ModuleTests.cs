using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using System.Xml.Linq;

namespace Headroom.PowerShell.Tests;

public class ModuleTests
{
    private static readonly string[] Cmdlets =
    [
        "Clear-HeadroomCache", "Compress-HeadroomContent", "Expand-HeadroomContent", "Get-HeadroomCache", "Get-HeadroomContent",
        "Get-HeadroomProxy", "Get-HeadroomStats", "Start-HeadroomMcpServer", "Start-HeadroomProxy", "Stop-HeadroomProxy",
    ];

    private static readonly string[] ApprovedVerbs =
    [
        .. new[] { typeof(VerbsCommon), typeof(VerbsData), typeof(VerbsLifecycle), typeof(VerbsDiagnostic), typeof(VerbsCommunications) }
            .SelectMany(verbs => verbs.GetFields()).Select(field => (string)field.GetRawConstantValue()!),
    ];

    public static TheoryData<string> CmdletNames => [.. Cmdlets];

    [Fact]
    public void This_process_has_no_shared_framework_of_asp_net_core()
    {
        var trusted = (string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!;
        Assert.DoesNotContain("AspNetCore", trusted, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void The_manifest_exports_exactly_the_commands_there_are()
    {
        using var session = new HostedSession();
        var module = (PSModuleInfo)session.One("Get-Module Headroom").BaseObject;
        Assert.Equal(Cmdlets, module.ExportedCommands.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Cmdlets, CmdletTypes(session).Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_manifest_is_valid_and_has_the_version_of_the_build()
    {
        using var session = new HostedSession(import: false);
        var module = (PSModuleInfo)session.One("Test-ModuleManifest $module").BaseObject;
        var props = XDocument.Load(Path.Combine(HostedSession.RepositoryRoot, "Directory.Build.props"));
        Assert.Equal(props.Descendants("Version").Single().Value, module.Version.ToString());
        Assert.Equal(["Core"], module.CompatiblePSEditions);
        Assert.Equal(new Version(7, 6), module.PowerShellVersion);
    }

    [Theory]
    [MemberData(nameof(CmdletNames))]
    public void Every_command_has_an_approved_verb_and_says_what_it_returns(string name)
    {
        using var session = new HostedSession();
        var command = (CmdletInfo)session.One($"Get-Command {name}").BaseObject;
        Assert.NotEmpty(command.OutputType);
        Assert.True(command.ImplementingType.IsSealed);
        Assert.Contains(command.Verb, ApprovedVerbs);
    }

    [Theory]
    [MemberData(nameof(CmdletNames))]
    public void Every_command_has_help_with_two_examples_and_all_its_parameters(string name)
    {
        using var session = new HostedSession();
        session.Run($"$help = Get-Help {name} -Full");
        var synopsis = session.One("$help.Synopsis.Trim()").ToString();
        Assert.False(synopsis.StartsWith(name, StringComparison.Ordinal), "Only what can be made from the syntax is there.");
        Assert.True((int)session.One("@($help.examples.example).Count").BaseObject >= 2);
        var described = session.Run("$help.parameters.parameter.name").Select(p => p.ToString());
        var command = (CmdletInfo)session.One($"Get-Command {name}").BaseObject;
        var actual = command.Parameters.Keys.Except(Cmdlet.CommonParameters);
        Assert.Equal(actual.Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(CmdletNames))]
    public void Help_says_of_every_parameter_what_the_command_does(string name)
    {
        using var session = new HostedSession();
        var command = (CmdletInfo)session.One($"Get-Command {name}").BaseObject;
        using var instance = (IDisposable)Activator.CreateInstance(command.ImplementingType)!;
        foreach (var help in session.Run($"(Get-Help {name} -Full).parameters.parameter"))
        {
            var parameter = command.Parameters[Text(help, "name")];
            Assert.Equal(parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any(), bool.Parse(Text(help, "globbing")));
            Assert.Equal(
                parameter.Attributes.OfType<ParameterAttribute>().First().Position is >= 0 and var at ? $"{at}" : "named", Text(help, "position"));

            var value = command.ImplementingType.GetProperty(parameter.Name)?.GetValue(instance);
            var said = help.Properties["defaultValue"]?.Value?.ToString();
            switch (value)
            {
                case Enum or int and not 0:
                    Assert.Equal(value.ToString(), said);
                    break;
                case string[] { Length: > 0 } values:
                    Assert.Equal(string.Join(", ", values), said);
                    break;
                default:
                    Assert.True(string.IsNullOrEmpty(said), $"{parameter.Name}: {said}");
                    break;
            }
        }

        static string Text(PSObject help, string property) => help.Properties[property].Value.ToString()!;
    }

    [Fact]
    public void There_is_a_help_topic_about_the_module()
    {
        using var session = new HostedSession();
        var text = session.One("Get-Help about_Headroom").ToString();
        Assert.Contains("Start-HeadroomProxy", text, StringComparison.Ordinal);
    }

    [Fact]
    public void No_public_member_shows_a_type_that_lives_behind_the_border()
    {
        using var session = new HostedSession();
        var assembly = CmdletTypes(session).Values.First().Assembly;
        Assert.All(assembly.GetReferencedAssemblies(), reference =>
            Assert.True(
                reference.Name!.StartsWith("System", StringComparison.Ordinal) || reference.Name is "netstandard",
                reference.Name));
    }

    [Fact]
    public void Importing_reports_nothing_and_loads_nothing_of_the_engine()
    {
        using var session = new HostedSession(import: false);
        var outcome = session.Try("Import-Module $module *>&1");
        Assert.Empty(outcome.Errors);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void A_second_import_and_a_forced_one_keep_the_commands()
    {
        using var session = new HostedSession();
        session.Run("Import-Module $module; Import-Module $module -Force");
        Assert.Equal(Cmdlets.Length, session.Run("Get-Command -Module Headroom").Count);
        session.Run("Remove-Module Headroom; Import-Module $module");
        Assert.Equal(Cmdlets.Length, session.Run("Get-Command -Module Headroom").Count);
        Assert.IsType<string>(session.One("'some text' | Compress-HeadroomContent").BaseObject);
    }

    [Fact]
    public void The_default_views_name_only_properties_that_exist()
    {
        using var session = new HostedSession();
        var assembly = CmdletTypes(session).Values.First().Assembly;
        var views = XDocument.Load(Path.Combine(HostedSession.RepositoryRoot, "bin", "Headroom.Format.ps1xml"));
        var seen = 0;
        foreach (var view in views.Descendants("View"))
        {
            var type = assembly.GetType(view.Descendants("TypeName").Single().Value, throwOnError: true)!;
            var properties = view.Descendants("PropertyName").Select(p => p.Value).ToArray();
            Assert.All(properties, p => Assert.NotNull(type.GetProperty(p)));
            Assert.NotEmpty(properties);
            Assert.Equal(view.Descendants("TableColumnHeader").Count(), view.Descendants("TableColumnItem").Count());
            seen++;
        }

        Assert.Equal(5, seen);
    }

    [Fact]
    public void Every_script_of_the_repository_parses()
    {
        string[] scripts =
        [
            "build.ps1", "Headroom.psm1", "Headroom.psd1", "PSScriptAnalyzerSettings.psd1",
            .. Directory.EnumerateFiles(Path.Combine(HostedSession.RepositoryRoot, "examples"), "*.ps1"),
            .. Directory.EnumerateFiles(Path.Combine(HostedSession.RepositoryRoot, "tests", "pester"), "*.ps1"),
        ];
        Assert.True(scripts.Length > 6);
        Assert.All(scripts, script =>
        {
            Parser.ParseFile(Path.Combine(HostedSession.RepositoryRoot, script), out _, out var errors);
            Assert.Empty(errors);
        });
    }

    [Fact]
    public void Models_complete()
    {
        using var session = new HostedSession();
        using var shell = System.Management.Automation.PowerShell.Create(session.Runspace);
        const string Input = "Compress-HeadroomContent -Model gpt-4";
        var matches = CommandCompletion.CompleteInput(Input, Input.Length, null, shell).CompletionMatches;
        Assert.NotEmpty(matches);
        Assert.All(matches, match => Assert.StartsWith("gpt-4", match.CompletionText, StringComparison.Ordinal));
    }

    [Fact]
    public void The_contracts_name_the_engines_own_levels_and_stores()
    {
        using var session = new HostedSession();
        session.Run("'x' | Compress-HeadroomContent");
        var border = CmdletTypes(session).Values.First().Assembly;
        var context = System.Runtime.Loader.AssemblyLoadContext.All.Single(c => c.Name == "Headroom");
        var engine = context.LoadFromAssemblyName(new AssemblyName("Headroom.Engine"));
        var proxy = context.LoadFromAssemblyName(new AssemblyName("Headroom.Proxy"));
        SameNames(border.GetType("Headroom.PowerShell.HeadroomLevel")!, engine.GetType("Headroom.Engine.Compression.CompressionLevel")!);
        SameNames(border.GetType("Headroom.PowerShell.HeadroomCcrTool")!, engine.GetType("Headroom.Engine.Requests.RetrieveToolMode")!);

        static void SameNames(Type mine, Type theirs) => Assert.Equal(Enum.GetNames(theirs).Order(), Enum.GetNames(mine).Order());
    }

    private static Dictionary<string, Type> CmdletTypes(HostedSession session)
    {
        var assembly = ((CmdletInfo)session.One("Get-Command Get-HeadroomStats").BaseObject).ImplementingType.Assembly;
        return assembly.GetExportedTypes()
            .Select(type => (type, attribute: type.GetCustomAttribute<CmdletAttribute>()))
            .Where(pair => pair.attribute is not null)
            .ToDictionary(pair => $"{pair.attribute!.VerbName}-{pair.attribute.NounName}", pair => pair.type);
    }
}
