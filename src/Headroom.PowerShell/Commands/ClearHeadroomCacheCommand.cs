using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using Headroom.PowerShell.Completion;

namespace Headroom.PowerShell.Commands;

/// <summary>
/// Removes originals and the decisions about them. Markers in running conversations then lead nowhere. What is piped in is removed and nothing
/// else; everything goes only where that was said, or where somebody says yes.
/// </summary>
[Cmdlet(VerbsCommon.Clear, "HeadroomCache", SupportsShouldProcess = true, DefaultParameterSetName = HashSet)]
[OutputType(typeof(HeadroomCacheRemoval))]
public sealed class ClearHeadroomCacheCommand : ContentCommand
{
    private const string HashSet = "Hash";
    private const string AllSet = "All";
    private const string AgeSet = "Age";
    private const int No = 1;

    private readonly List<string> _hashes = [];

    /// <summary>The names of the originals to remove, 24 hex digits each; a marker or an object that has one will do.</summary>
    [Parameter(ParameterSetName = HashSet, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [HashTransformation]
    [ArgumentCompleter(typeof(HashCompleter))]
    public string[] Hash { get; set; } = [];

    /// <summary>Remove everything that the workspace keeps.</summary>
    [Parameter(ParameterSetName = AllSet, Mandatory = true)]
    public SwitchParameter All { get; set; }

    /// <summary>Remove only what was not used for so long, at least a day.</summary>
    [Parameter(ParameterSetName = AgeSet, Mandatory = true)]
    public TimeSpan OlderThan { get; set; }

    /// <summary>Return what was removed.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private bool IsNamed => MyInvocation.ExpectingInput || MyInvocation.BoundParameters.ContainsKey(nameof(Hash));

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (MyInvocation.ExpectingInput && ParameterSetName != HashSet)
        {
            ThrowTerminatingError(new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
                $"Nothing was removed: what is piped in is removed and nothing else, so {(ParameterSetName == AllSet ? nameof(All) : nameof(OlderThan))} takes no input.").ToErrorRecord(target: null));
        }

        if (ParameterSetName == AgeSet && OlderThan < TimeSpan.FromDays(1))
        {
            ThrowTerminatingError(new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
                "OlderThan: what was used within a day is only removed with everything else; give at least a day, for example (New-TimeSpan -Days 2).").ToErrorRecord(OlderThan));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (IsNamed)
        {
            _hashes.AddRange(Hash);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            if (IsNamed)
            {
                RemoveNamed();
            }
            else
            {
                RemoveKept();
            }
        }
        catch (HeadroomException failure)
        {
            ThrowTerminatingError(failure.ToErrorRecord(Store ?? DataDirectory));
        }
    }

    private void RemoveNamed()
    {
        if (_hashes.Count == 0)
        {
            WriteVerbose("No original was named, so nothing is removed.");
            return;
        }

        string[] chosen = [.. _hashes.Distinct(StringComparer.Ordinal).Where(hash => ShouldProcess($"original {hash}", "Remove"))];
        if (chosen.Length > 0)
        {
            var store = OpenStore;
            var (removed, missing) = Await(token => store.RemoveAsync(chosen, token));
            foreach (var (hash, reason) in missing)
            {
                WriteError(reason.ToErrorRecord(hash));
            }

            Tell(removed);
        }
    }

    private void RemoveKept()
    {
        var store = OpenStore;
        TimeSpan? olderThan = ParameterSetName == AgeSet ? OlderThan : null;
        var kept = Await(store.ReadCacheAsync);
        var target = string.Create(CultureInfo.CurrentCulture, $"{kept.Originals:N0} originals ({kept.OriginalBytes:N0} bytes) of workspace '{kept.Workspace}' in {kept.Store}");
        var action = olderThan is null ? "Remove all" : string.Create(CultureInfo.CurrentCulture, $"Remove what was not used for {OlderThan.TotalDays:0.#} days");
        if (ShouldProcess(target, action) && (All || IsConfirmed($"{action}: {target}")))
        {
            Tell(Await(token => store.ClearAsync(olderThan, token)));
        }
    }

    /// <summary>Asks, unless that was done already or forbidden where the age was said. Whoever only presses Enter has not said yes.</summary>
    private bool IsConfirmed(string question)
    {
        var isAsked = MyInvocation.BoundParameters.TryGetValue("Confirm", out var confirm) && confirm is SwitchParameter { IsPresent: true };
        var isForbidden = !isAsked && (MyInvocation.BoundParameters.ContainsKey("Confirm") || GetVariableValue("ConfirmPreference") is ConfirmImpact.None);
        if (isForbidden && ParameterSetName != AgeSet)
        {
            // An empty table splatted, a variable that holds nothing: not to ask is not to say that everything goes.
            throw new HeadroomException("HeadroomNotConfirmed", ErrorCategory.PermissionDenied,
                "Nothing was removed, because nothing was named and nobody may be asked. Name originals, or give -All.");
        }

        if (isAsked || isForbidden)
        {
            return true;
        }

        try
        {
            var choices = new Collection<ChoiceDescription> { new("&Yes", "Remove it. Conversations that hold its markers cannot get their originals back."), new("&No", "Remove nothing.") };
            return Host.UI.PromptForChoice("Clear-HeadroomCache", question, choices, No) != No;
        }
        catch (Exception failure) when (failure is HostException or PSInvalidOperationException or NotImplementedException or NullReferenceException)
        {
            // pwsh's own prompt fails so when its stdin has ended.
            var reason = failure is NullReferenceException ? "stdin has ended." : failure.Message;
            throw new HeadroomException("HeadroomNotConfirmed", ErrorCategory.PermissionDenied,
                $"Nothing was removed, because nobody can be asked: {reason} Name originals, or give -All{(ParameterSetName == AgeSet ? "; -Confirm:$false does not ask" : "")}.", failure);
        }
    }

    private void Tell(HeadroomCacheRemoval removed)
    {
        WriteVerbose(string.Create(CultureInfo.CurrentCulture, $"Removed {removed.Originals:N0} originals and {removed.Decisions:N0} decisions: {removed.StoredBytes:N0} bytes as kept."));
        if (PassThru)
        {
            WriteObject(removed);
        }
    }
}
