using System.Management.Automation;
using System.Text;
using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Commands;

/// <summary>
/// Gives originals back: by their hash, for every marker in a text, or by decoding a lossless form. Text in which nothing was
/// compressed comes back as it is.
/// </summary>
[Cmdlet(VerbsData.Expand, "HeadroomContent", DefaultParameterSetName = InputObjectSet)]
[OutputType(typeof(string), typeof(byte[]))]
public sealed class ExpandHeadroomContentCommand : ContentCommand
{
    private const string InputObjectSet = "InputObject";
    private const string HashSet = "Hash";

    private readonly List<string> _lines = [];

    /// <summary>The names of stored originals, 24 hex digits each.</summary>
    [Parameter(ParameterSetName = HashSet, Mandatory = true, Position = 0)]
    [ValidatePattern("^[0-9a-fA-F]{24}$")]
    public string[] Hash { get; set; } = [];

    /// <summary>What Compress-HeadroomContent returned, or any text that holds markers or a lossless form; lines are joined.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    public PSObject? InputObject { get; set; }

    /// <summary>Return each original's exact bytes as one array instead of its text.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == HashSet)
        {
            Array.ForEach(Hash, hash => Retrieve(hash.ToLowerInvariant()));
        }
        else if (InputObject is { } input)
        {
            // Our own results know what they came from, and each is complete; other strings are lines.
            if (input.BaseObject is CompressedContent content)
            {
                Restore(content.Text, content.Hash);
            }
            else if (input.Properties[nameof(CompressedContent.TokensBefore)] is PSNoteProperty)
            {
                Restore(input.BaseObject.ToString() ?? "", input.Properties[nameof(CompressedContent.Hash)]?.Value as string);
            }
            else
            {
                _lines.Add(LanguagePrimitives.ConvertTo<string>(input));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_lines.Count > 0)
        {
            Restore(string.Join('\n', _lines), hash: null);
        }
    }

    private void Restore(string text, string? hash)
    {
        if (hash is not null)
        {
            Retrieve(hash);
            return;
        }

        // A view ends with its marker; what reads like one further up in a lossless form was in the content.
        var store = OpenStore;
        var hashes = store.HashesIn(text);
        var end = text.TrimEnd();
        try
        {
            if (store.HashesIn(end[(end.LastIndexOf('\n') + 1)..]).Count == 0 && Await(token => Task.FromResult(store.Decode(text, token))) is { } decoded)
            {
                Write(decoded);
                return;
            }
        }
        catch (HeadroomException failure)
        {
            WriteError(failure.ToErrorRecord(text));
            return;
        }

        if (hashes.Count == 0)
        {
            WriteVerbose("The text holds neither a marker nor a lossless form; it is returned as it is.");
            Write(text);
            return;
        }

        RestoreMarked(text, hashes);
    }

    // Text may speak of markers that were never ours: where none of them leads anywhere, the text is all there is.
    private void RestoreMarked(string text, IReadOnlyList<string> hashes)
    {
        var store = OpenStore;
        try
        {
            var originals = hashes.Select(hash => (Hash: hash, Content: Await(token => store.RetrieveAsync(hash, token)))).ToList();
            if (originals.TrueForAll(original => original.Content is null))
            {
                WriteWarning($"The text is returned as it is: no original is stored here for its marker {hashes[0]}, which may be of another store (see -DataDirectory, -Store and -Workspace) or has expired.");
                Write(text);
                return;
            }

            originals.ForEach(original => WriteOriginal(original.Hash, original.Content));
        }
        catch (HeadroomException failure)
        {
            WriteError(failure.ToErrorRecord(text));
        }
    }

    private void Retrieve(string hash)
    {
        var store = OpenStore;
        try
        {
            WriteOriginal(hash, Await(token => store.RetrieveAsync(hash, token)));
        }
        catch (HeadroomException failure)
        {
            WriteError(failure.ToErrorRecord(hash));
        }
    }

    private void WriteOriginal(string hash, RetrievedContent? original)
    {
        if (original is null)
        {
            WriteError(new HeadroomException("HeadroomOriginalNotFound", ErrorCategory.ObjectNotFound,
                $"No original is stored under {hash}: it was stored elsewhere (see -DataDirectory), or it has expired.")
                .ToErrorRecord(hash));
            return;
        }

        WriteObject(AsByteStream ? original.Bytes : original.Text, enumerateCollection: false);
    }

    private void Write(string text) => WriteObject(AsByteStream ? Encoding.UTF8.GetBytes(text) : text, enumerateCollection: false);
}
