using System.Management.Automation;
using Headroom.PowerShell.Completion;
using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Commands;

/// <summary>
/// Gives stored originals by their hash, whole or in part: rows of a list or table, lines, a path in a JSON document, or what holds a pattern.
/// What share of the original a part is goes to the information stream.
/// </summary>
[Cmdlet(VerbsCommon.Get, "HeadroomContent", DefaultParameterSetName = WholeSet)]
[OutputType(typeof(string), typeof(byte[]))]
public sealed class GetHeadroomContentCommand : ContentCommand
{
    private const string WholeSet = "Whole";
    private const string RowSet = "Row";
    private const string LineSet = "Line";
    private const string PathSet = "Path";
    private const string PatternSet = "Pattern";

    /// <summary>The names of originals, 24 hex digits each; a marker or an object that has one will do.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [HashTransformation]
    [ArgumentCompleter(typeof(HashCompleter))]
    public string[] Hash { get; set; } = [];

    /// <summary>Rows of a JSON array, JSON lines or CSV, from 1: 5, 5-10, 5- or -10.</summary>
    [Parameter(ParameterSetName = RowSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? Row { get; set; }

    /// <summary>Lines of the text, from 1: 5, 5-10, 5- or -10.</summary>
    [Parameter(ParameterSetName = LineSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? Line { get; set; }

    /// <summary>A path in a JSON document, for example $.items[3].name.</summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>A text that rows or lines must hold, whatever the case; between slashes a regular expression.</summary>
    [Parameter(ParameterSetName = PatternSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    public string? Pattern { get; set; }

    /// <summary>Return the exact bytes as one array instead of the text: of the whole its own, of a part those of its text in UTF-8.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var hash in Hash)
        {
            var store = OpenStore;
            try
            {
                var content = Await(token => store.RetrieveAsync(new RetrievalSettings(hash, Row, Line, Path, Pattern), token));
                if (content.Share is { } share)
                {
                    WriteInformation(share, ["HeadroomShare"]);
                }

                WriteObject(AsByteStream ? content.Bytes : content.Text, enumerateCollection: false);
            }
            catch (HeadroomException failure) when (failure.IsAboutTheCommand)
            {
                ThrowTerminatingError(failure.ToErrorRecord(hash));
            }
            catch (HeadroomException failure)
            {
                WriteError(failure.ToErrorRecord(hash));
            }
        }
    }
}
