using System.Diagnostics;
using System.Globalization;
using System.Management.Automation;
using System.Text;
using Headroom.PowerShell.Completion;
using Headroom.PowerShell.Isolation;
using Headroom.PowerShell.Tabulation;

namespace Headroom.PowerShell.Commands;

/// <summary>
/// Compresses text, files or objects for a language model. Strings from the pipeline are the lines of one content; each file is a
/// content of its own, as is each array of bytes; any other objects become one JSON array of their own properties.
/// </summary>
[Cmdlet(VerbsData.Compress, "HeadroomContent", DefaultParameterSetName = InputObjectSet)]
[OutputType(typeof(string), typeof(CompressedContent))]
public sealed class CompressHeadroomContentCommand : ContentCommand
{
    private const string InputObjectSet = "InputObject";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string Utf8Name = "utf8";
    private const int ProgressActivity = 0x4852;

    // Throws on what has no bytes in UTF-8 instead of replacing it: an original must come back as it was.
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<string> _lines = [];
    private readonly List<string> _files = [];
    private readonly ProgressRecord _progress = new(ProgressActivity, "Compressing", "Input");
    private bool _isProgressShown;
    private ObjectTable? _table;

    /// <summary>Text, line by line or as one string, or any objects.</summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public PSObject? InputObject { get; set; }

    /// <summary>Files to compress, each by itself; wildcards are expanded.</summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files to compress, each by itself; taken as written.</summary>
    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// The encoding of files and arrays of bytes that are not UTF-8 and have no byte order mark: a name as Get-Content takes it, a code page or an
    /// encoding.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [EncodingTransformation]
    [ArgumentCompleter(typeof(EncodingNameCompleter))]
    public string? Encoding { get; set; }

    /// <summary>How far compression may go.</summary>
    [Parameter]
    public HeadroomLevel Level { get; set; } = HeadroomLevel.Balanced;

    /// <summary>The most tokens that a view should take; the level's default when not given.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Budget { get; set; }

    /// <summary>The model whose tokens are counted.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelNameCompleter))]
    public string? Model { get; set; }

    /// <summary>Words that a view always keeps the matches of.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>Regular expressions: rows, lines and blocks in which one is found always stay in a view.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Keep { get; set; } = [];

    /// <summary>A file of rules for single tools and commands; headroom.rules.json in the data directory when not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RulesPath { get; set; }

    /// <summary>The tool whose result the content is; rules may speak of it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ToolName { get; set; }

    /// <summary>The command that printed the content; rules may speak of it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Command { get; set; }

    /// <summary>Return an object with all that is known instead of the text.</summary>
    [Parameter]
    public SwitchParameter Detailed { get; set; }

    private CompressionSettings Settings =>
        new(Encoding, Level, MyInvocation.BoundParameters.ContainsKey(nameof(Budget)) ? Budget : null, Model, Query, Keep, ResolvePath(RulesPath), ToolName, Command);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case PathSet:
                Array.ForEach(Path, path => ResolveFiles(path, expand: true));
                break;
            case LiteralPathSet:
                Array.ForEach(LiteralPath, path => ResolveFiles(path, expand: false));
                break;
            default:
                Collect(InputObject);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        CompressFiles();
        if (_table is not null)
        {
            Compress(_table.ToJson(), path: null, Settings with { Encoding = Utf8Name });
        }
        else if (_lines.Count > 0)
        {
            CompressText(string.Join('\n', _lines));
        }

        if (_isProgressShown)
        {
            _progress.RecordType = ProgressRecordType.Completed;
            WriteProgress(_progress);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _table?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Collect(PSObject? input)
    {
        switch (input?.BaseObject)
        {
            case string line when _table is null:
                _lines.Add(line);
                break;

            // What Get-Content -AsByteStream -Raw gives: a file's bytes.
            case byte[] bytes when _table is null:
                Compress(bytes, path: null, Settings);
                break;

            // Given as an argument, and not by the pipeline, a list arrives as one object.
            case object[] or List<object>:
                foreach (var element in LanguagePrimitives.GetEnumerable(input))
                {
                    Collect(element is null ? null : PSObject.AsPSObject(element));
                }

                break;

            case { } value when ObjectTable.IsFormatting(value):
                ThrowTerminatingError(new HeadroomException("HeadroomFormattedInput", ErrorCategory.InvalidType,
                    "The input was made by a Format- command and is no longer data. Pipe the objects themselves, or use Out-String first.")
                    .ToErrorRecord(value));
                break;

            default:
                if (_table is null)
                {
                    _table = new ObjectTable();
                    _lines.ForEach(line => _table.Add(PSObject.AsPSObject(line)));
                    _lines.Clear();
                }

                _table.Add(input);
                break;
        }
    }

    private void ResolveFiles(string path, bool expand)
    {
        try
        {
            ProviderInfo provider;
            IEnumerable<string> resolved = expand
                ? GetResolvedProviderPathFromPSPath(path, out provider)
                : [SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out provider, out _)];
            if (!IsFileSystem(provider))
            {
                WriteError(new HeadroomException("HeadroomNotAFileSystemPath", ErrorCategory.InvalidArgument,
                    $"'{path}' is not a path of the file system.").ToErrorRecord(path));
                return;
            }

            // A wildcard means the files among what it matches; a name means what it names.
            var wildcard = expand && WildcardPattern.ContainsWildcardCharacters(path);
            _files.AddRange(resolved.Where(file => !wildcard || !Directory.Exists(file)));
        }
        catch (Exception failure) when (failure is ItemNotFoundException
            or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
        {
            WriteError(new ErrorRecord(failure, "HeadroomPathNotFound", ErrorCategory.ObjectNotFound, path));
        }
    }

    private void CompressFiles()
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < _files.Count; i++)
        {
            _progress.StatusDescription = string.Create(CultureInfo.CurrentCulture, $"{i + 1} of {_files.Count}: {System.IO.Path.GetFileName(_files[i])}");
            _progress.CurrentOperation = _files[i];

            // A bar that stands at nothing until the only file is done would say less than none.
            _progress.PercentComplete = _files.Count > 1 ? 100 * i / _files.Count : -1;
            if (clock.Elapsed > TimeSpan.FromSeconds(1))
            {
                ShowProgress();
            }

            CompressFile(_files[i]);
        }
    }

    private void ShowProgress()
    {
        WriteProgress(_progress);
        _isProgressShown = true;
    }

    private void CompressFile(string path)
    {
        if (Directory.Exists(path))
        {
            WriteError(new HeadroomException("HeadroomNotAFile", ErrorCategory.InvalidArgument,
                $"'{path}' is a directory. Name files, for example with a wildcard.").ToErrorRecord(path));
            return;
        }

        var runtime = Runtime;
        byte[] bytes;
        try
        {
            bytes = Await(token => runtime.ReadFileAsync(path, token), ShowProgress);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            WriteError(new ErrorRecord(failure, "HeadroomPathNotFound", ErrorCategory.ObjectNotFound, path));
            return;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            var category = failure is UnauthorizedAccessException ? ErrorCategory.PermissionDenied : ErrorCategory.ReadError;
            WriteError(new ErrorRecord(failure, "HeadroomFileNotReadable", category, path));
            return;
        }

        Compress(bytes, path, Settings);
    }

    private void CompressText(string text)
    {
        byte[] bytes;
        try
        {
            bytes = StrictUtf8.GetBytes(text);
        }
        catch (EncoderFallbackException failure)
        {
            WriteError(new HeadroomException("HeadroomNotText", ErrorCategory.InvalidData,
                $"The text is not valid Unicode: half a surrogate pair at index {failure.Index}.", failure).ToErrorRecord(null));
            return;
        }

        Compress(bytes, path: null, Settings with { Encoding = Utf8Name });
    }

    private void Compress(byte[] original, string? path, CompressionSettings settings)
    {
        var store = OpenStore;
        CompressedContent content;
        try
        {
            content = Await(token => store.CompressAsync(original, path, settings, token), ShowProgress);
        }
        catch (HeadroomException failure) when (failure.IsAboutTheCommand)
        {
            ThrowTerminatingError(failure.ToErrorRecord(RulesPath));
            throw;
        }
        catch (HeadroomException failure)
        {
            WriteError(failure.ToErrorRecord(path));
            return;
        }

        WriteVerbose(string.Create(CultureInfo.CurrentCulture,
            $"{path ?? "Input"}: {content.TokensBefore} -> {content.TokensAfter} tokens ({content.Kind}, {content.Strategy}, {content.Reason})."));
        WriteObject(Detailed ? content : content.ToAnnotatedText());
    }
}
