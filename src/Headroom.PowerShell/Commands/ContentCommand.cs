using System.Management.Automation;
using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Commands;

/// <summary>A command that works over the store of originals.</summary>
public abstract class ContentCommand : HeadroomCommand
{
    private IContentStore? _store;

    /// <summary>Directory of the store of originals; the user's data directory when not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? DataDirectory { get; set; }

    /// <summary>Where originals are kept: sqlite, or the URL of a Redis server.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>Whose originals are meant; those of other workspaces in the same store are out of reach.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Workspace { get; set; }

    /// <summary>The store, opened by the first content that needs it.</summary>
    private protected IContentStore OpenStore
    {
        get
        {
            if (_store is null)
            {
                var settings = new StoreSettings(ResolvePath(DataDirectory), Store, Workspace);
                var runtime = Runtime;
                try
                {
                    _store = Await(token => runtime.OpenAsync(settings, token));
                }
                catch (HeadroomException failure)
                {
                    ThrowTerminatingError(failure.ToErrorRecord(Store ?? settings.DataDirectory));
                }
            }

            return _store!;
        }
    }

    private protected override void AfterWork()
    {
        foreach (var warning in _store?.TakeWarnings() ?? [])
        {
            WriteWarning(warning);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _store is { } store)
        {
            _store = null;
            store.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        base.Dispose(disposing);
    }
}
