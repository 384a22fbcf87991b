using System.CommandLine;
using System.Globalization;
using System.Text;
using Headroom.Cli.Demo;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Requests;
using Headroom.Engine.Tokens;

namespace Headroom.Cli.Commands;

/// <summary>
/// <c>headroom demo</c>: a captured agent session, sent turn by turn through a real proxy to a stand-in for the provider. All
/// that it prints is measured at both ends.
/// </summary>
internal static class DemoCommand
{
    private const int ShownLines = 6;
    private const int ShownColumns = 118;

    public static Command Create()
    {
        var command = new Command("demo", "Drive a captured agent session through a real proxy; needs no key.");
        command.SetAction((_, cancellationToken) => RunAsync(Console.Out, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var session = AgentSession.Load();
        var (anthropic, openai) = (new AnthropicShape(), new OpenAIShape());
        var counter = ModelRegistry.CounterFor(openai.Model(session));
        var tokens = new TextTokens(counter);
        await using var provider = await StandInProvider.StartAsync(session, [anthropic, openai], tokens, cancellationToken);

        await output.WriteLineAsync(
            $"""
            A captured debugging session of {session.Turns.Count} requests. Each is sent directly to a stand-in provider and through a proxy;
            both ends are compared as bytes. Tokens: {counter.Name} ({counter.Accuracy.ToString().ToLowerInvariant()}) over the text of a request.
            Task: {session.Task}
            """);

        // A proxy runs for days: the times that count are those of code that has run before.
        foreach (var shape in (WireShape[])[anthropic, openai])
        {
            await using var warm = await DemoRun.StartAsync(provider, session, shape, RetrieveToolMode.Auto, tokens, cancellationToken);
            for (var turn = 0; turn < session.Turns.Count; turn++)
            {
                await warm.TurnAsync(turn, cancellationToken);
            }
        }

        var isSound = await ShowAsync(
            output, provider, session, anthropic, RetrieveToolMode.Never, "lossless forms only: the model has no retrieve tool", tokens, cancellationToken);
        isSound &= await ShowAsync(
            output, provider, session, openai, RetrieveToolMode.Auto, "views too: the proxy adds the retrieve tool, which is counted", tokens, cancellationToken);
        return isSound ? 0 : ExitCode.Failed;
    }

    private static async Task<bool> ShowAsync(
        TextWriter output,
        StandInProvider provider,
        AgentSession session,
        WireShape shape,
        RetrieveToolMode retrieveTool,
        string mode,
        TextTokens tokens,
        CancellationToken cancellationToken)
    {
        await using var run = await DemoRun.StartAsync(provider, session, shape, retrieveTool, tokens, cancellationToken);

        // 1. Turn by turn.
        await output.WriteLineAsync($"\n{shape.Name}, streamed; {mode}.\n");
        await output.WriteLineAsync("           client sent         provider got               prefix of       time");
        await output.WriteLineAsync("turn    tokens     bytes     tokens     bytes    saved   last turn      added   new since the last turn");
        var turns = new List<DemoTurn>();
        for (var t = 0; t < session.Turns.Count; t++)
        {
            var turn = await run.TurnAsync(t, cancellationToken);
            turns.Add(turn);
            var news = t == 0 ? "the task" : string.Join(", ", session.Turns[t - 1].Calls.Select(Describe));
            var prefix = turn.IsPrefixUnchanged switch { null => "-", true => "same", false => "CHANGED" };
            await output.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{t + 1,4}{turn.ClientTokens,10:#,0}{turn.ClientBytes,10:#,0}{turn.ProviderTokens,11:#,0}{turn.ProviderBytes,10:#,0}{Percent(turn.ClientTokens, turn.ProviderTokens),8:0.0}%{prefix,12}{turn.Added.TotalMilliseconds,8:0.00} ms   {Fit(news, 60)}"));
        }

        // 2. The whole session.
        var (sent, got) = (turns.Sum(t => (long)t.ClientTokens), turns.Sum(t => (long)t.ProviderTokens));
        var compact = session.WithCompactJson();
        var minified = Enumerable.Range(0, turns.Count).Sum(t => (long)tokens.Count(shape.Request(compact, t)));
        var added = turns.Select(t => t.Added.TotalMilliseconds).Order().ToArray();
        var same = turns.Count(t => t.IsPrefixUnchanged is true);
        var intact = turns.Count(t => t.IsAnswerUnchanged);
        var replacements = run.Replacements();
        var reversed = await CountReversibleAsync(run, replacements, cancellationToken);
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"""

            Over the session   {sent:#,0} tokens sent, {got:#,0} tokens received by the provider: {Percent(sent, got):0.0} % saved
            For comparison     {Percent(sent, minified):0.0} % had the tools' JSON come without white space and nothing else been done
            Prefix unchanged   {same} of {turns.Count - 1} turns
            Answers unchanged  {intact} of {turns.Count}, byte for byte
            Given back         {reversed} of {replacements.Count} replaced tool results, by decoding or by retrieval
            Time added         median {added[added.Length / 2]:0.00} ms, most {added[^1]:0.00} ms
            """));

        // 3. What it looks like.
        if (replacements.MaxBy(r => r.Original.Length - r.Replacement.Length) is { } shown)
        {
            await output.WriteLineAsync($"\nOne tool result as the client sent it:\n{Head(shown.Original)}\nand as the provider got it:\n{Head(shown.Replacement)}");
        }

        return same == turns.Count - 1 && intact == turns.Count && reversed == replacements.Count;
    }

    private static async Task<int> CountReversibleAsync(
        DemoRun run, IReadOnlyList<DemoReplacement> replacements, CancellationToken cancellationToken)
    {
        var count = 0;
        foreach (var (original, replacement) in replacements)
        {
            var equality = FidelityCheck.EqualityOf(Encoding.UTF8.GetBytes(original), Encoding.UTF8.GetBytes(replacement), cancellationToken);
            count += equality != Equality.Different || await run.RetrieveAsync(replacement, cancellationToken) == original ? 1 : 0;
        }

        return count;
    }

    private static string Describe(AgentCall call) =>
        $"{call.Tool} {(string?)(call.Input["command"] ?? call.Input["file_path"])}{(call.IsError ? " (failed)" : "")}";

    private static double Percent(long before, long after) => 100.0 * (before - after) / before;

    private static string Head(string text)
    {
        var lines = text.Split('\n');
        var shown = lines.Take(ShownLines).Select(l => "    " + Fit(l, ShownColumns));
        return string.Join('\n', lines.Length > ShownLines ? shown.Append($"    ({lines.Length - ShownLines} more lines)") : shown);
    }

    private static string Fit(string text, int columns)
    {
        var line = text.AsSpan();
        var end = line.IndexOfAny('\r', '\n');
        var isCut = end >= 0 || line.Length > columns;
        var kept = end >= 0 ? Math.Min(end, columns) : Math.Min(line.Length, columns);
        return isCut ? $"{line[..Math.Min(kept, columns - 3)]}..." : text;
    }
}
