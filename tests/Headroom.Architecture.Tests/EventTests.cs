using System.Text.RegularExpressions;

namespace Headroom.Architecture.Tests;

/// <summary>Nothing fails in silence, and what is told has an id that stays.</summary>
public sealed partial class EventTests
{
    private sealed record LoggedEvent(int Id, string Level, string Name, string File);

    private static readonly LoggedEvent[] Events =
    [
        .. from file in SourceFile.All
           from Match found in Declaration().Matches(file.Text)
           select new LoggedEvent(
               int.Parse(found.Groups["id"].Value, System.Globalization.CultureInfo.InvariantCulture),
               found.Groups["level"].Value.ToLowerInvariant(),
               found.Groups["name"].Value,
               file.Path),
    ];

    private static readonly HashSet<string> Names = [.. Events.Select(e => e.Name)];

    [Fact]
    public void Every_exception_that_is_caught_whatever_it_is_leaves_an_event() =>
        Assert.Empty(SourceFile.All.SelectMany(f => f.SilentCatches(Names).Select(line => $"{f.Path}:{line}")));

    [Theory]
    [InlineData("try { } catch { }", 1)]
    [InlineData("try { } catch (Exception) { return; }", 1)]
    [InlineData("try { } catch (Exception e) { Count++; }", 1)]
    [InlineData("try { } catch (System.Exception e) when (!token.IsCancellationRequested) { }", 1)]
    [InlineData("try { } catch (Exception e) when (e is not OperationCanceledException) { }", 1)]
    [InlineData("try { } catch (Exception e) when (e is IOException || IsMine(e)) { }", 1)]
    [InlineData("try { } catch (Exception e)\n#pragma warning restore\n{ }", 1)]
    [InlineData("try { } catch { throw; }", 0)]
    [InlineData("try { } catch (IOException) { }", 0)]
    [InlineData("try { } catch (Exception e) when (e is IOException or TimeoutException) { }", 0)]
    [InlineData("try { } catch (Exception e) { logger.SweepFailed(new Failure(e)); }", 0)]
    [InlineData("try { } catch (Exception) { /* */ // Untold: nobody waits.\n }", 0)]
    public void A_silent_catch_is_found(string code, int silent) =>
        Assert.Equal(silent, new SourceFile("src/X/Y.cs", code).SilentCatches(Names).Count());

    [Fact]
    public void Ids_and_names_of_events_are_unique_and_each_file_has_its_hundred()
    {
        Assert.NotEmpty(Events);
        Assert.Empty(Events.GroupBy(e => e.Id).Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.Empty(Events.GroupBy(e => e.Name).Where(g => g.Count() > 1).Select(g => g.Key));
        Assert.All(Events.GroupBy(e => e.File), file => Assert.Single(file.Select(e => e.Id / 100).Distinct()));
        Assert.All(Events.GroupBy(e => e.Id / 100), hundred => Assert.Single(hundred.Select(e => e.File).Distinct()));
    }

    [Fact]
    public void The_table_of_events_in_the_documentation_is_complete()
    {
        var table = File.ReadAllText(Path.Combine(SourceFile.RepositoryRoot, "docs", "operations.md"));
        Assert.Equal(
            Events.OrderBy(e => e.Id).Select(e => $"{e.Id} {e.Level} {e.Name}"),
            Row().Matches(table).Select(r => $"{r.Groups["id"].Value} {r.Groups["level"].Value} {r.Groups["name"].Value}"));
    }

    [Fact]
    public void Only_the_command_line_writes_to_the_console()
    {
        var programs = new HashSet<string>(StringComparer.Ordinal) { "Headroom.Cli", "Headroom.AspNetCore" };
        Assert.Contains(SourceFile.All, f => f.Text.Contains("Console.Error", StringComparison.Ordinal));
        Assert.Empty(SourceFile.All.Where(f => !programs.Contains(f.Project) && UsesConsole().IsMatch(f.Text)).Select(f => f.Path));
    }

    [GeneratedRegex("""\[LoggerMessage\((?<id>\d+), LogLevel\.(?<level>\w+), ".*"\)\]\s+(public|private|internal) static partial void (?<name>\w+)\(""")]
    private static partial Regex Declaration();

    [GeneratedRegex(@"^\| (?<id>\d{4}) \| (?<level>\w+) \| `(?<name>\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\bConsole\.(Error|Out|Write)")]
    private static partial Regex UsesConsole();
}
