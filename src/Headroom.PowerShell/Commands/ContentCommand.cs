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

    /// <summary>The store, opened by the first content that needs it.</summary>
    private protected IContentStore Store
    {
        get
        {
            if (_store is null)
            {
                var directory = ResolvePath(DataDirectory);
                var runtime = Runtime;
                try
                {
                    _store = Await(token => runtime.OpenAsync(directory, token));
                }
                catch (HeadroomException failure)
                {
                    ThrowTerminatingError(failure.ToErrorRecord(directory));
                }
            }

            return _store!;
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
