using System.Collections.Concurrent;
using System.Diagnostics;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Retrieval;
using Headroom.Engine.Rules;
using Headroom.Engine.Tokens;
using Headroom.PowerShell.Isolation;

namespace Headroom.PowerShell.Runtime;

/// <summary>The engine over one store of originals.</summary>
/// <param name="store">The store.</param>
/// <param name="address">Where the store is.</param>
/// <param name="workspace">Whose originals it keeps.</param>
/// <param name="directory">The data directory, which may have rules.</param>
/// <param name="warnings">What the store has told.</param>
internal sealed class ContentStore(ICcrStore store, CcrStoreAddress address, string workspace, string directory, ConcurrentQueue<string> warnings) : IContentStore
{
    // One command has one file of rules, for all the contents it compresses.
    private CompressionRules? _rules;

    public IReadOnlyList<string> TakeWarnings()
    {
        var taken = new List<string>();
        while (warnings.TryDequeue(out var warning))
        {
            taken.Add(warning);
        }

        return taken;
    }

    public async Task<CompressedContent> CompressAsync(
        ReadOnlyMemory<byte> original, string? path, CompressionSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            return await CompressAndStoreAsync(original, path, settings, cancellationToken).ConfigureAwait(false);
        }
        catch (SourceTextException failure)
        {
            throw NotText(path, $"is {failure.Message}", failure);
        }
        catch (CompressionRulesException failure)
        {
            throw failure.ToPlain();
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }
    }

    public async Task<RetrievedContent?> RetrieveAsync(string hash, CancellationToken cancellationToken)
    {
        try
        {
            var result = await Retriever.RetrieveAsync(store, new RetrievalRequest { Hash = hash }, cancellationToken).ConfigureAwait(false);
            return result.Status == RetrievalStatus.Found ? Retrieved(result) : null;
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }
    }

    public async Task<RetrievedContent> RetrieveAsync(RetrievalSettings settings, CancellationToken cancellationToken)
    {
        var request = new RetrievalRequest
        {
            Hash = settings.Hash, Rows = Range("Row", settings.Rows), Lines = Range("Line", settings.Lines), Path = settings.Path, Pattern = settings.Pattern,
        };
        RetrievalResult result;
        try
        {
            result = await Retriever.RetrieveAsync(store, request, cancellationToken).ConfigureAwait(false);
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }

        return result.Status switch
        {
            RetrievalStatus.Found => Retrieved(result),
            RetrievalStatus.Invalid => throw new HeadroomException("HeadroomInvalidPart", ErrorCategory.InvalidArgument, result.Message),
            RetrievalStatus.NoMatch => throw new HeadroomException("HeadroomContentNoMatch", ErrorCategory.ObjectNotFound, result.Message),
            RetrievalStatus.Expired => throw new HeadroomException("HeadroomContentExpired", ErrorCategory.ObjectNotFound, result.Message),
            _ => throw new HeadroomException("HeadroomContentNotFound", ErrorCategory.ObjectNotFound,
                $"{result.Message} -DataDirectory, -Store and -Workspace look into another."),
        };
    }

    public async Task<HeadroomCache> ReadCacheAsync(CancellationToken cancellationToken)
    {
        try
        {
            var kept = await store.StatisticsAsync(cancellationToken).ConfigureAwait(false);
            return new HeadroomCache
            {
                Store = address.Kind == CcrStoreKind.Sqlite ? directory : address.ToString(),
                Workspace = workspace,
                Originals = kept.Originals,
                OriginalBytes = kept.OriginalBytes,
                Decisions = kept.Pins,
                StoredBytes = kept.StoredBytes,
                Expired = kept.Expired,
                Oldest = kept.Oldest?.LocalDateTime,
                LeastRecentlyUsed = kept.LeastRecentlyUsed?.LocalDateTime,
            };
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }
    }

    public async IAsyncEnumerable<HeadroomCacheEntry> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var entries = store.ListAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await entries.MoveNextAsync().ConfigureAwait(false))
                {
                    yield break;
                }
            }
            catch (CcrStoreException failure)
            {
                throw failure.ToPlain();
            }

            var entry = entries.Current;
            yield return new HeadroomCacheEntry
            {
                Hash = entry.Hash,
                Length = entry.Length,
                StoredLength = entry.StoredLength,
                Created = entry.Created.LocalDateTime,
                LastUsed = entry.Used.LocalDateTime,
            };
        }
    }

    public async Task<HeadroomCacheRemoval> ClearAsync(TimeSpan? olderThan, CancellationToken cancellationToken)
    {
        try
        {
            return Removal(olderThan is { } age
                ? await store.SweepAsync(new CcrRetention(age, long.MaxValue), cancellationToken).ConfigureAwait(false)
                : await store.ClearAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }
    }

    public async Task<(HeadroomCacheRemoval Removed, IReadOnlyList<(string Hash, HeadroomException Reason)> Missing)> RemoveAsync(
        IReadOnlyCollection<string> hashes, CancellationToken cancellationToken)
    {
        try
        {
            var removed = await store.RemoveAsync(hashes, cancellationToken).ConfigureAwait(false);
            var missing = new List<(string, HeadroomException)>();
            foreach (var hash in removed.Missing)
            {
                missing.Add((hash, await store.HasExpiredAsync(hash, cancellationToken).ConfigureAwait(false)
                    ? new HeadroomException("HeadroomContentExpired", ErrorCategory.ObjectNotFound, $"The original {hash} was removed before.")
                    : new HeadroomException("HeadroomContentNotFound", ErrorCategory.ObjectNotFound,
                        $"This store never had an original under {hash}. -DataDirectory, -Store and -Workspace look into another.")));
            }

            return (Removal(removed), missing);
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }
    }

    public IReadOnlyList<string> HashesIn(string text) => [.. Marker.HashesIn(text).Distinct(StringComparer.Ordinal)];

    public string? Decode(string text, CancellationToken cancellationToken)
    {
        // Plain JSON is a lossless form of itself, but to give it back in another spelling would be no service.
        var utf8 = Encoding.UTF8.GetBytes(text);
        try
        {
            return !IsJson(utf8) && ContentNotation.Decode(utf8, ContentNotation.MaximumBytes, cancellationToken) is { } content ? Encoding.UTF8.GetString(content) : null;
        }
        catch (ContentTooLargeException failure)
        {
            throw new HeadroomException("HeadroomContentTooLarge", ErrorCategory.LimitsExceeded, failure.Message, failure);
        }
    }

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private async Task<CompressedContent> CompressAndStoreAsync(
        ReadOnlyMemory<byte> original, string? path, CompressionSettings settings, CancellationToken cancellationToken)
    {
        var source = SourceText.Read(original, settings.Encoding is { } name ? NamedEncoding(name) : null);
        var input = source.Utf8 ?? throw NotText(path, "is not UTF-8 and has no byte order mark; -Encoding says what else it is.");
        var stored = source.Stored;
        var counter = ModelRegistry.CounterFor(settings.Model);
        var options = new CompressionOptions
        {
            Level = settings.Level.Translated<CompressionLevel>(),
            Budget = settings.Budget,
            Query = settings.Query,
            Keep = [.. settings.Keep.Select(Pattern)],

            // Whoever runs the command can retrieve, so a view is always allowed.
            Marker = missing => Marker.Write(missing, store.HashOf(stored.Span)),
        };
        _rules ??= (settings.RulesPath is { } file ? CompressionRulesFile.Read(file) : CompressionRulesFile.ReadFrom(directory)).Then(CompressionRules.ToolClasses);
        var rule = _rules.Find(settings.ToolName, settings.Command);
        var clock = Stopwatch.StartNew();
        var result = rule is { Exclude: true }
            ? CompressionResult.Keep(input, ContentDetector.Detect(input.Span), Reason.ExcludedTool, tokens: 0)
            : ContentRouter.Compress(input, rule?.Over(options) ?? options, cancellationToken);
        var elapsed = clock.Elapsed;

        // The estimator decided; the counter has the last word.
        result = result.CountedBy(input, counter);
        var hash = result.Rung == Rung.Original ? null : await store.PutAsync(stored, cancellationToken).ConfigureAwait(false);
        return new CompressedContent
        {
            Text = Encoding.UTF8.GetString(result.Output.Span),
            Path = path,
            TokensBefore = result.TokensBefore,
            TokensAfter = result.TokensAfter,
            Hash = hash,
            Kind = result.Kind.ToString(),
            Strategy = result.Strategy,
            Rung = result.Rung.ToString(),
            Reason = result.Reason.Code(),
            Counter = counter.Name,
            Accuracy = counter.Accuracy.ToString(),
            BytesBefore = original.Length,
            BytesAfter = result.Output.Length,
            Elapsed = elapsed,
        };
    }

    private static HeadroomCacheRemoval Removal(CcrRemoval removed) =>
        new() { Originals = removed.Originals, Decisions = removed.Pins, StoredBytes = removed.StoredBytes };

    private static RetrievedContent Retrieved(RetrievalResult result) =>
        new(Encoding.UTF8.GetString(result.Content.Span), result.Bytes.ToArray(), result.IsWhole ? null : result.Message);

    private static HeadroomException NotText(string? path, string problem, Exception? cause = null) =>
        new("HeadroomNotText", ErrorCategory.InvalidData, $"{(path is null ? "The input" : $"'{path}'")} {problem}", cause);

    private static Encoding NamedEncoding(string name) => EncodingName.Find(name, out var problem)
        ?? throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument, $"Encoding: {problem}") { IsAboutTheCommand = true };

    private static RetrievalRequest.Span? Range(string parameter, string? text) =>
        text is null ? null
        : RetrievalRequest.Span.TryParse(text, out var span) ? span
        : throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
            $"{parameter}: '{text}' is no range that counts from 1, such as 5, 5-10, 5- or -10.") { IsAboutTheCommand = true };

    private static Regex Pattern(string pattern)
    {
        try
        {
            return new Regex(pattern, CompressionRulesFile.KeepOptions);
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument, $"Keep: '{pattern}' is no usable pattern: {failure.Message}", failure)
            {
                IsAboutTheCommand = true,
            };
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8);
        try
        {
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
