using System.Management.Automation;
using Headroom.PowerShell.Jobs;

namespace Headroom.PowerShell;

/// <summary>
/// Ends this runspace's proxies when the module goes. Called twice on Remove-Module, by the assembly and by the script module, and
/// by the script module alone on Import-Module -Force.
/// </summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <summary>Stops the proxies of the calling runspace and removes their jobs. May be called again.</summary>
    public static void StopProxies() => RunspaceProxies.Current.StopAll();

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => StopProxies();
}
