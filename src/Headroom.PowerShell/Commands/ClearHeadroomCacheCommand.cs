using System.Globalization;
using System.Management.Automation;

namespace Headroom.PowerShell.Commands;

/// <summary>Removes originals and the decisions about them. Markers in running conversations then lead nowhere.</summary>
[Cmdlet(VerbsCommon.Clear, "HeadroomCache", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(HeadroomCacheRemoval))]
public sealed class ClearHeadroomCacheCommand : ContentCommand
{
    /// <summary>Remove only what was not used for so long, at least a day.</summary>
    [Parameter]
    public TimeSpan OlderThan { get; set; }

    /// <summary>Return what was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Whoever pipes something in means that and not everything; an empty pipeline means nothing.
        if (MyInvocation.ExpectingInput)
        {
            ThrowTerminatingError(new HeadroomException("HeadroomClearTakesNoInput", ErrorCategory.InvalidArgument,
                "Clear-HeadroomCache takes nothing from the pipeline, and nothing was removed: without input it removes a whole workspace, with -OlderThan what was long unused.").ToErrorRecord(target: null));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        TimeSpan? olderThan = MyInvocation.BoundParameters.ContainsKey(nameof(OlderThan)) ? OlderThan : null;
        if (olderThan < TimeSpan.FromDays(1))
        {
            ThrowTerminatingError(new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
                "OlderThan: what was used within a day is only removed with everything else; give at least a day, for example (New-TimeSpan -Days 2).").ToErrorRecord(OlderThan));
        }

        var store = OpenStore;
        try
        {
            var kept = Await(store.ReadCacheAsync);
            var target = string.Create(CultureInfo.CurrentCulture, $"{kept.Originals:N0} originals ({kept.OriginalBytes:N0} bytes) of workspace '{kept.Workspace}' in {kept.Store}");
            var action = olderThan is null ? "Remove all" : string.Create(CultureInfo.CurrentCulture, $"Remove what was not used for {OlderThan.TotalDays:0.#} days");
            if (ShouldProcess(target, action))
            {
                var removed = Await(token => store.ClearAsync(olderThan, token));
                WriteVerbose(string.Create(CultureInfo.CurrentCulture, $"Removed {removed.Originals:N0} originals and {removed.Decisions:N0} decisions: {removed.StoredBytes:N0} bytes as kept."));
                if (PassThru)
                {
                    WriteObject(removed);
                }
            }
        }
        catch (HeadroomException failure)
        {
            ThrowTerminatingError(failure.ToErrorRecord(Store ?? DataDirectory));
        }
    }
}
