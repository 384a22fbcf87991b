using System.Management.Automation;

namespace Headroom.PowerShell.Commands;

/// <summary>How much is kept, or, with List, each original, the most recently used first.</summary>
[Cmdlet(VerbsCommon.Get, "HeadroomCache")]
[OutputType(typeof(HeadroomCache), typeof(HeadroomCacheEntry))]
public sealed class GetHeadroomCacheCommand : ContentCommand
{
    /// <summary>Return the originals one by one instead of their totals.</summary>
    [Parameter]
    public SwitchParameter List { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var store = OpenStore;
        try
        {
            if (!List)
            {
                WriteObject(Await(store.ReadCacheAsync));
                return;
            }

            var entries = Await(token => Task.FromResult(store.ListAsync(token).GetAsyncEnumerator(token)));
            try
            {
                while (Await(_ => entries.MoveNextAsync().AsTask()))
                {
                    WriteObject(entries.Current);
                }
            }
            finally
            {
                entries.DisposeAsync().AsTask().GetAwaiter().GetResult();
            }
        }
        catch (HeadroomException failure)
        {
            ThrowTerminatingError(failure.ToErrorRecord(Store ?? DataDirectory));
        }
    }
}
