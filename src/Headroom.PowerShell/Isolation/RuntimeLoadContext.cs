using System.Management.Automation;
using System.Reflection;
using System.Runtime.Loader;

namespace Headroom.PowerShell.Isolation;

/// <summary>
/// The private load context for the engine, the proxy and all that they bring, so that no other module's versions can clash.
/// Not collectible: Kestrel would pin it anyway, and precompiled code is not used in a collectible one.
/// </summary>
internal sealed class RuntimeLoadContext : AssemblyLoadContext
{
    private static readonly Lock Gate = new();
    private static IHeadroomRuntime? _runtime;

    private readonly AssemblyDependencyResolver _resolver;
    private readonly string _aspNetCore;

    private RuntimeLoadContext(string runtimeAssembly, string aspNetCore)
        : base("Headroom", isCollectible: false)
    {
        _resolver = new AssemblyDependencyResolver(runtimeAssembly);
        _aspNetCore = aspNetCore;
    }

    /// <summary>The runtime, loaded by the first command that needs it.</summary>
    /// <exception cref="HeadroomException">The module's files are not complete.</exception>
    public static IHeadroomRuntime Runtime
    {
        get
        {
            lock (Gate)
            {
                return _runtime ??= Load();
            }
        }
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var border = typeof(IHeadroomRuntime).Assembly;
        if (assemblyName.Name == border.GetName().Name)
        {
            return border;
        }

        if (_resolver.ResolveAssemblyToPath(assemblyName) is { } dependency)
        {
            return LoadFromAssemblyPath(dependency);
        }

        var bundled = Path.Combine(_aspNetCore, assemblyName.Name + ".dll");
        return File.Exists(bundled) ? LoadFromAssemblyPath(bundled) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } library ? LoadUnmanagedDllFromPath(library) : nint.Zero;

    private static IHeadroomRuntime Load()
    {
        var bin = Path.GetDirectoryName(typeof(RuntimeLoadContext).Assembly.Location)!;
        var path = Path.Combine(bin, "runtime", "Headroom.PowerShell.Runtime.dll");
        if (!File.Exists(path))
        {
            throw new HeadroomException("HeadroomRuntimeMissing", ErrorCategory.NotInstalled,
                $"The module is not complete: '{path}' does not exist. In a clone, build first (./build.ps1 or dotnet build); otherwise install the module again.");
        }

        var context = new RuntimeLoadContext(path, Path.Combine(bin, "aspnetcore"));
        var type = context.LoadFromAssemblyPath(path).GetType("Headroom.PowerShell.Runtime.HeadroomRuntime", throwOnError: true)!;
        return (IHeadroomRuntime)Activator.CreateInstance(type)!;
    }
}
