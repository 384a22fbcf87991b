using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace Headroom.PowerShell.Tests;

/// <summary>
/// A PowerShell session of the real engine in this process, with a data directory of its own. It has the core commands; those of
/// Microsoft.PowerShell.Utility and .Management are not there, which the module must not need.
/// </summary>
internal sealed class HostedSession : IDisposable
{
    public static readonly string RepositoryRoot = typeof(HostedSession).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    public static readonly string Manifest = Path.Combine(RepositoryRoot, "Headroom.psd1");

    public HostedSession(bool import = true)
    {
        var state = InitialSessionState.CreateDefault2();
        if (OperatingSystem.IsWindows())
        {
            state.ExecutionPolicy = Microsoft.PowerShell.ExecutionPolicy.Bypass;
        }

        Runspace = RunspaceFactory.CreateRunspace(state);
        Runspace.Open();
        Runspace.SessionStateProxy.Path.SetLocation(RepositoryRoot);
        Set("data", DataDirectory);
        Set("module", Manifest);
        Run("""
            $PSDefaultParameterValues['Compress-HeadroomContent:DataDirectory'] = $data
            $PSDefaultParameterValues['Expand-HeadroomContent:DataDirectory'] = $data
            $PSDefaultParameterValues['Get-HeadroomContent:DataDirectory'] = $data
            $PSDefaultParameterValues['Get-HeadroomCache:DataDirectory'] = $data
            $PSDefaultParameterValues['Clear-HeadroomCache:DataDirectory'] = $data
            $PSDefaultParameterValues['Start-HeadroomProxy:DataDirectory'] = $data
            $PSDefaultParameterValues['Start-HeadroomMcpServer:DataDirectory'] = $data
            """);
        if (import)
        {
            Run("Import-Module $module -ErrorAction Stop");
        }
    }

    public Runspace Runspace { get; }

    public string DataDirectory { get; } = Directory.CreateTempSubdirectory("headroom-").FullName;

    public void Set(string variable, object? value) => Runspace.SessionStateProxy.SetVariable(variable, value);

    /// <summary>Runs a script that must not fail and returns what it emits.</summary>
    public IReadOnlyList<PSObject> Run(string script)
    {
        var outcome = Try(script);
        Assert.True(outcome.Errors.Count == 0, string.Join(Environment.NewLine, outcome.Errors.Select(e => e.ToString())));
        return outcome.Output;
    }

    /// <summary>Runs a script that must emit exactly one object.</summary>
    public PSObject One(string script) => Assert.Single(Run(script));

    /// <summary>Runs a script that may fail.</summary>
    public Outcome Try(string script)
    {
        using var shell = System.Management.Automation.PowerShell.Create(Runspace);
        shell.AddScript(script);
        try
        {
            var output = shell.Invoke();
            return new Outcome([.. output], [.. shell.Streams.Error], Terminated: false);
        }
        catch (RuntimeException failure)
        {
            return new Outcome([], [.. shell.Streams.Error, failure.ErrorRecord], Terminated: true);
        }
    }

    public void Dispose()
    {
        Runspace.Dispose();
        Directory.Delete(DataDirectory, recursive: true);
    }
}

/// <summary>What a script did.</summary>
internal sealed record Outcome(IReadOnlyList<PSObject> Output, IReadOnlyList<ErrorRecord> Errors, bool Terminated)
{
    /// <summary>The only error, by its id without the command's type, and its category.</summary>
    public (string Id, ErrorCategory Category) Error
    {
        get
        {
            var error = Assert.Single(Errors);
            return (error.FullyQualifiedErrorId.Split(',')[0], error.CategoryInfo.Category);
        }
    }
}
