using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Headroom.Fuzz;
using Headroom.TestData;

// Headroom.Fuzz [seconds] [seed] [what] [iteration]: with an iteration, that one alone.
const int SlowMilliseconds = 2_000;
const int EndlessMilliseconds = 120_000;
const int MostShown = 3;
var targets = new SortedDictionary<string, IFuzzTarget>(StringComparer.Ordinal)
{
    ["answers"] = new AnswerTarget(),
    ["compress"] = new CompressTarget(),
    ["decode"] = new DecodeTarget(),
    ["requests"] = new RequestTarget(),
    ["rules"] = new RuleTarget(),
    ["streams"] = new StreamTarget(),
};
var seconds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 60;
var seed = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : RandomNumberGenerator.GetInt32(int.MaxValue);
var what = args.Length > 2 ? args[2] : "all";
int? only = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : null;
if (what != "all" && !targets.ContainsKey(what))
{
    await Console.Error.WriteLineAsync($"unknown target '{what}'; one of: all, {string.Join(", ", targets.Keys)}");
    return 2;
}

string[] names = what == "all" ? [.. targets.Keys] : [what];
var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "headroom-fuzz", seed.ToString(CultureInfo.InvariantCulture))).FullName;
Console.WriteLine($"seed {seed}, {string.Join(" and ", names)}, {seconds} s; inputs that fail go to {folder}");
var clock = Stopwatch.StartNew();
var failures = 0;
var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
var iteration = only ?? 0;
for (; only is null ? clock.Elapsed.TotalSeconds < seconds : iteration == only; iteration++)
{
    // Each iteration has its own sequence, so that one can be repeated without those before it.
    var random = new SeededRandom(((ulong)seed << 32) + (ulong)iteration);
    var name = random.Pick(names);
    var input = targets[name].Draw(random);
    var options = random.NextUInt64();
    var started = clock.ElapsedMilliseconds;
    using var watch = Watch(name, iteration, input);
    var failure = await FailureAsync(targets[name], input, options);
    var took = clock.ElapsedMilliseconds - started;
    if (took > SlowMilliseconds)
    {
        Console.WriteLine($"slow: {took} ms for {input.Length} bytes; repeat with: 0 {seed} {what} {iteration}");
        await File.WriteAllBytesAsync(Path.Combine(folder, $"slow-{name}-{iteration}"), input);
    }

    if (failure is not null)
    {
        // What fails all the time is shown a few times, so that the hour is there for what else fails.
        failures++;
        var kind = $"{name} {KindOf(failure)}";
        kinds[kind] = kinds.GetValueOrDefault(kind) + 1;
        if (kinds[kind] > MostShown)
        {
            continue;
        }

        var small = await SmallerAsync(targets[name], input, options, failure);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}-{iteration}"), small);
        Console.WriteLine($"FAILED {name}, {input.Length} bytes, {small.Length} when made smaller; repeat with: 0 {seed} {what} {iteration}\n    {failure.ReplaceLineEndings(" ")}");
    }
}

foreach (var (kind, times) in kinds)
{
    Console.WriteLine($"{times} times: {kind}");
}

Console.WriteLine($"{iteration - (only ?? 0)} iterations, {failures} failures, seed {seed}");
return failures == 0 ? 0 : 1;

// What does not end is a failure too, and nobody else would tell of it.
Timer Watch(string name, int at, byte[] input) => new(
    _ =>
    {
        File.WriteAllBytes(Path.Combine(folder, $"endless-{name}-{at}"), input);
        Console.WriteLine($"FAILED {name}, {input.Length} bytes: no end after {EndlessMilliseconds / 1000} s; repeat with: 0 {seed} {what} {at}");
        Environment.Exit(1);
    },
    null, EndlessMilliseconds, Timeout.Infinite);

static async Task<string?> FailureAsync(IFuzzTarget target, byte[] input, ulong options)
{
    try
    {
        return await target.RunAsync(input, new SeededRandom(options), CancellationToken.None);
    }
#pragma warning disable CA1031 // Any exception is a failure, whatever its type.
    catch (Exception e)
#pragma warning restore CA1031
    {
        return $"{e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n').FirstOrDefault()?.Trim()}";
    }
}

// Leaves out what JSON is made of, then ever smaller stretches, as long as it goes on failing in the same way, for at most 20 s.
static async Task<byte[]> SmallerAsync(IFuzzTarget target, byte[] input, ulong options, string failure)
{
    var clock = Stopwatch.StartNew();
    var pieces = JsonPieces.Of(input);
    for (var i = 0; i < pieces.Count && clock.Elapsed.TotalSeconds < 10; i++)
    {
        var piece = pieces.OrderByDescending(p => p.End - p.Start).ElementAt(i);
        if (JsonPieces.Without(input, piece) is var less && await FailsAsync(less))
        {
            (input, pieces, i) = (less, JsonPieces.Of(less), -1);
        }
    }

    for (var size = input.Length / 2; size > 0 && clock.Elapsed.TotalSeconds < 20; size /= 2)
    {
        for (var at = 0; at < input.Length && clock.Elapsed.TotalSeconds < 20;)
        {
            byte[] without = [.. input[..at], .. input[Math.Min(input.Length, at + size)..]];
            if (await FailsAsync(without))
            {
                input = without;
            }
            else
            {
                at += size;
            }
        }
    }

    return input;

    async Task<bool> FailsAsync(byte[] less) => await FailureAsync(target, less, options) is { } still && KindOf(still) == KindOf(failure);
}

static string KindOf(string failure) => failure.Split(' ')[0].TrimEnd(':');
