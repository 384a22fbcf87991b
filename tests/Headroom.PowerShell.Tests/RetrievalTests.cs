using System.Management.Automation;
using System.Text;
using System.Text.Json;

namespace Headroom.PowerShell.Tests;

public class RetrievalTests
{
    private const string NoHash = "0123456789abcdef01234567";

    private static readonly string Rows = JsonSerializer.Serialize(
        Enumerable.Range(1, 100).Select(i => new { id = i, state = i == 60 ? "failed" : "done", name = $"tâche {i}" }));

    [Fact]
    public void An_original_comes_back_by_its_hash_its_text_its_object_and_its_marker()
    {
        using var session = Stored(out var hash);
        Assert.Equal(Rows, session.One($"Get-HeadroomContent {hash}").ToString());
        Assert.Equal(Rows, session.One($"Get-HeadroomContent {hash.ToUpperInvariant()}").ToString());
        Assert.Equal(Rows, session.One($"'{hash}' | Get-HeadroomContent").ToString());
        Assert.Equal(Rows, session.One("$text | Get-HeadroomContent").ToString());
        Assert.Equal(Rows, session.One("$rows | Compress-HeadroomContent -Level Lossless -Detailed | Get-HeadroomContent").ToString());
        Assert.Equal(Rows, session.One($"'[9 of 100 rows not shown; headroom_retrieve hash={hash}]' | Get-HeadroomContent").ToString());
        Assert.Equal(Rows, session.One($"[pscustomobject]@{{ Hash = '{hash}' }} | Get-HeadroomContent").ToString());
        Assert.Equal(2, session.Run($"Get-HeadroomContent '{hash}', '{hash}'").Count);
        Assert.Equal(Encoding.UTF8.GetBytes(Rows), session.One($"Get-HeadroomContent {hash} -AsByteStream").BaseObject);
    }

    [Fact]
    public void A_part_comes_to_the_output_and_its_share_to_the_information_stream()
    {
        using var session = Stored(out var hash);
        Assert.Equal("[{\"id\":2,\"state\":\"done\",\"name\":\"t\\u00E2che 2\"}]", session.One($"Get-HeadroomContent {hash} -Row 2 -InformationVariable share").ToString());
        Assert.Matches("^row 2 of 100; 45 of [0-9]+ bytes$", session.One("$share").ToString());
        Assert.Equal("\"failed\"", session.One($"Get-HeadroomContent {hash} -Path '$[59].state'").ToString());
        Assert.StartsWith("[{\"id\":60,", session.One($"Get-HeadroomContent {hash} -Pattern FAILED").ToString(), StringComparison.Ordinal);
        Assert.Equal(Rows, session.One($"Get-HeadroomContent {hash} -Line -1").ToString());
        session.Run($"Get-HeadroomContent {hash} -InformationVariable whole");
        Assert.Empty(session.Run("$whole"));
    }

    [Theory]
    [InlineData("-Row 2-1", "HeadroomInvalidOption", ErrorCategory.InvalidArgument)]
    [InlineData("-Row 101", "HeadroomContentNoMatch", ErrorCategory.ObjectNotFound)]
    [InlineData("-Path '$.a'", "HeadroomContentNoMatch", ErrorCategory.ObjectNotFound)]
    [InlineData("-Path '$['", "HeadroomInvalidPart", ErrorCategory.InvalidArgument)]
    [InlineData("-Pattern nowhere", "HeadroomContentNoMatch", ErrorCategory.ObjectNotFound)]
    [InlineData("-Workspace other", "HeadroomContentNotFound", ErrorCategory.ObjectNotFound)]
    [InlineData("-Row 1 -Line 1", "AmbiguousParameterSet", ErrorCategory.InvalidArgument)]
    public void What_is_not_there_is_an_error_with_an_id(string arguments, string id, ErrorCategory category)
    {
        using var session = Stored(out var hash);
        Assert.Equal((id, category), session.Try($"Get-HeadroomContent {hash} {arguments}").Error);
    }

    [Fact]
    public void One_unknown_hash_does_not_end_the_pipeline()
    {
        using var session = Stored(out var hash);
        var outcome = session.Try($"'{NoHash}', '{hash}' | Get-HeadroomContent");
        Assert.False(outcome.Terminated);
        Assert.Equal(Rows, Assert.Single(outcome.Output).ToString());
        Assert.Equal(("HeadroomContentNotFound", ErrorCategory.ObjectNotFound), outcome.Error);
        Assert.Equal(NoHash, outcome.Errors[0].TargetObject);
    }

    [Fact]
    public void What_is_no_hash_is_told_what_one_looks_like()
    {
        using var session = Stored(out var hash);
        var outcome = session.Try($"'latest', '{hash}' | Get-HeadroomContent");
        Assert.Equal(Rows, Assert.Single(outcome.Output).ToString());
        Assert.Contains("'latest' is no hash: one has 24 digits", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cache_gives_totals_and_entries()
    {
        using var session = Stored(out var hash);
        var totals = session.One("Get-HeadroomCache");
        Assert.Equal(1L, totals.Properties["Originals"].Value);
        Assert.Equal((long)Rows.Length, totals.Properties["OriginalBytes"].Value);
        Assert.Equal(session.DataDirectory, totals.Properties["Store"].Value);
        Assert.Equal("default", totals.Properties["Workspace"].Value);
        Assert.Equal(0L, session.One("Get-HeadroomCache -Workspace other").Properties["Originals"].Value);

        var entry = session.One("Get-HeadroomCache -List");
        Assert.Equal(hash, entry.Properties["Hash"].Value);
        Assert.Equal((long)Rows.Length, entry.Properties["Length"].Value);
        Assert.Equal(Rows, session.One("Get-HeadroomCache -List | Get-HeadroomContent").ToString());
    }

    [Fact]
    public void The_cache_is_cleared_when_confirmed_and_what_it_had_is_told_from_what_never_was()
    {
        using var session = Stored(out var hash);
        Assert.Empty(session.Run("Clear-HeadroomCache -WhatIf"));
        Assert.Equal(0L, session.One("Clear-HeadroomCache -OlderThan 1.00:00 -Confirm:$false -PassThru").Properties["Originals"].Value);
        Assert.Equal(("HeadroomInvalidOption", ErrorCategory.InvalidArgument), session.Try("Clear-HeadroomCache -OlderThan 2 -Confirm:$false").Error);
        Assert.Equal(Rows, session.One($"Get-HeadroomContent {hash}").ToString());

        var removed = session.One("Clear-HeadroomCache -All -Confirm:$false -PassThru");
        Assert.Equal(1L, removed.Properties["Originals"].Value);
        Assert.True((long)removed.Properties["StoredBytes"].Value > 0);
        Assert.Equal(("HeadroomContentExpired", ErrorCategory.ObjectNotFound), session.Try($"Get-HeadroomContent {hash}").Error);
        Assert.Equal(1L, session.One("Get-HeadroomCache").Properties["Expired"].Value);
        Assert.Empty(session.Run("Clear-HeadroomCache -All -Confirm:$false"));
    }

    [Theory]
    [InlineData("Get-HeadroomCache -List | Where-Object Hash -EQ $first | Clear-HeadroomCache", 1)]
    [InlineData("Get-HeadroomCache -List | Where-Object Hash -EQ $first | Clear-HeadroomCache -Confirm:$false", 1)]
    [InlineData("$first | Clear-HeadroomCache", 1)]
    [InlineData("Clear-HeadroomCache $first", 1)]
    [InlineData("Clear-HeadroomCache -Hash $first, $second", 2)]
    [InlineData("$firstText | Clear-HeadroomCache", 1)]
    [InlineData("\"[9 of 100 rows not shown; headroom_retrieve hash=$first]\" | Clear-HeadroomCache", 1)]
    [InlineData("[pscustomobject]@{ Hash = $first; Other = 1 }, [pscustomobject]@{ Hash = $second } | Clear-HeadroomCache", 2)]
    [InlineData("$first, $first | Clear-HeadroomCache", 1)]
    [InlineData("Get-HeadroomCache -List | Clear-HeadroomCache", 3)]
    [InlineData("Get-HeadroomCache -List | Clear-HeadroomCache -WhatIf", 0)]
    [InlineData("@() | Clear-HeadroomCache", 0)]
    [InlineData("@() | Clear-HeadroomCache -Confirm:$false", 0)]
    [InlineData("Get-HeadroomCache -List | Where-Object Length -GT 1gb | Clear-HeadroomCache -Confirm:$false", 0)]
    [InlineData("$nothing = @(); Clear-HeadroomCache -Hash $nothing -Confirm:$false", 0)]
    [InlineData("Clear-HeadroomCache -All -WhatIf", 0)]
    [InlineData("Clear-HeadroomCache -All", 3)]
    [InlineData("$ConfirmPreference = 'None'; Clear-HeadroomCache -All", 3)]
    public void What_is_named_or_piped_in_is_removed_and_nothing_else(string script, int removed)
    {
        using var session = Three(out var hashes);
        session.Run(script);
        var kept = session.Run("Get-HeadroomCache -List").Select(e => e.Properties["Hash"].Value).ToArray();
        Assert.Equal(3 - removed, kept.Length);
        if (removed is 1 or 2)
        {
            Assert.Equal(hashes[removed..].Order(StringComparer.Ordinal), kept.Cast<string>().Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData("$first | Clear-HeadroomCache -All", "HeadroomInvalidOption")]
    [InlineData("@() | Clear-HeadroomCache -All -Confirm:$false", "HeadroomInvalidOption")]
    [InlineData("$first | Clear-HeadroomCache -OlderThan 2.00:00", "HeadroomInvalidOption")]
    [InlineData("Clear-HeadroomCache $first -All", "PositionalParameterNotFound")]
    [InlineData("Clear-HeadroomCache -Hash $first -All", "AmbiguousParameterSet")]
    [InlineData("Clear-HeadroomCache", "HeadroomNotConfirmed")]
    [InlineData("Clear-HeadroomCache -Confirm:$false", "HeadroomNotConfirmed")]
    [InlineData("$nothing = @{}; Clear-HeadroomCache @nothing -Confirm:$false", "HeadroomNotConfirmed")]
    [InlineData("$ConfirmPreference = 'None'; Clear-HeadroomCache", "HeadroomNotConfirmed")]
    [InlineData("Clear-HeadroomCache -OlderThan 2.00:00", "HeadroomNotConfirmed")]
    [InlineData("Clear-HeadroomCache -Hash $null -Confirm:$false", "ParameterArgumentTransformationError")]
    [InlineData("$null | Clear-HeadroomCache -Confirm:$false", "ParameterArgumentTransformationError")]
    [InlineData("Get-HeadroomCache | Clear-HeadroomCache -Confirm:$false", "ParameterArgumentTransformationError")]
    public void What_could_mean_everything_by_mistake_removes_nothing(string script, string id)
    {
        using var session = Three(out _);
        Assert.Equal(id, session.Try(script).Error.Id);
        Assert.Equal(3, session.Run("Get-HeadroomCache -List").Count);
    }

    [Fact]
    public void Hashes_that_lead_to_nothing_are_told_one_by_one_and_the_others_go()
    {
        using var session = Three(out var hashes);
        session.Run("Clear-HeadroomCache $second");
        var outcome = session.Try($"'{NoHash}', 'latest', $second, $first | Clear-HeadroomCache -PassThru");
        Assert.False(outcome.Terminated);
        Assert.Equal(1L, Assert.Single(outcome.Output).Properties["Originals"].Value);
        Assert.Equal(
            ["ParameterArgumentTransformationError", "HeadroomContentNotFound", "HeadroomContentExpired"],
            outcome.Errors.Select(e => e.FullyQualifiedErrorId.Split(',')[0]));
        Assert.Equal([NoHash, hashes[1]], outcome.Errors.Skip(1).Select(e => e.TargetObject));
        Assert.Equal(hashes[2], session.One("Get-HeadroomCache -List").Properties["Hash"].Value);
    }

    [Fact]
    public void An_empty_pipeline_says_that_nothing_is_removed()
    {
        using var session = Three(out _);
        Assert.Contains("nothing is removed", Assert.Single(session.Run("@() | Clear-HeadroomCache -PassThru -Verbose 4>&1")).ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(session.Run("Clear-HeadroomCache $first -Verbose 4>&1"), line => line.ToString().Contains("nothing", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlit")]
    public void A_store_that_cannot_be_meant_is_refused(string store)
    {
        using var session = new HostedSession();
        foreach (var command in new[] { $"Get-HeadroomContent {NoHash}", "Get-HeadroomCache", "Clear-HeadroomCache -Confirm:$false", "'x' | Compress-HeadroomContent" })
        {
            Assert.Equal(("HeadroomInvalidOption", ErrorCategory.InvalidArgument), session.Try($"{command} -Store {store}").Error);
        }
    }

    [Fact]
    public void A_workspace_keeps_its_originals_to_itself()
    {
        using var session = Stored(out var hash);
        var other = session.One("$rows | Compress-HeadroomContent -Level Lossless -Workspace other").Properties["Hash"].Value;
        Assert.NotEqual(hash, other);
        Assert.Equal(Rows, session.One($"Get-HeadroomContent {other} -Workspace other").ToString());
        Assert.Equal(("HeadroomContentNotFound", ErrorCategory.ObjectNotFound), session.Try($"Get-HeadroomContent {other}").Error);
        Assert.Equal(Rows, session.One($"Expand-HeadroomContent -Hash {other} -Workspace other").ToString());
    }

    [Fact]
    public void Hashes_complete_with_their_sizes_and_ages()
    {
        using var session = Stored(out var hash);
        using var shell = System.Management.Automation.PowerShell.Create(session.Runspace);
        var match = Assert.Single(Complete($"Get-HeadroomContent -DataDirectory '{session.DataDirectory}' -Hash {hash[..3]}"));
        Assert.Equal(hash, match.CompletionText);
        Assert.Contains("bytes, stored ", match.ToolTip, StringComparison.Ordinal);
        Assert.DoesNotContain(Complete($"Get-HeadroomContent -DataDirectory '{session.DataDirectory}' -Hash zzz"), m => m.CompletionText == hash);

        IReadOnlyList<CompletionResult> Complete(string input) => CommandCompletion.CompleteInput(input, input.Length, null, shell).CompletionMatches;
    }

    private static HostedSession Three(out string[] hashes)
    {
        var session = new HostedSession();
        session.Set("all", Enumerable.Range(0, 3).Select(i => Rows.Replace("t\\u00E2che", $"side {i} ", StringComparison.Ordinal)).ToArray());
        session.Run("""
            $firstText, $secondText, $thirdText = $all | ForEach-Object { $_ | Compress-HeadroomContent -Level Lossless }
            $first, $second, $third = $firstText.Hash, $secondText.Hash, $thirdText.Hash
            """);
        hashes = [.. session.Run("$first, $second, $third").Select(hash => hash.ToString())];
        return session;
    }

    private static HostedSession Stored(out string hash)
    {
        var session = new HostedSession();
        session.Set("rows", Rows);
        session.Run("$text = $rows | Compress-HeadroomContent -Level Lossless");
        hash = session.One("$text.Hash").ToString();
        return session;
    }
}
