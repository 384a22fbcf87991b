using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Headroom.Fuzz;
using Headroom.TestData;

// Headroom.Fuzz [seconds] [seed] [what] [iteration]: with an iteration, that one alone.
const int MostBytes = 64 << 10;
const int SlowMilliseconds = 2_000;
var targets = new SortedDictionary<string, IFuzzTarget>(StringComparer.Ordinal) { ["compress"] = new CompressTarget(), ["decode"] = new DecodeTarget() };
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
byte[][] seeds = [.. Fixtures.All.Select(fixture => fixture.Utf8()), .. new[] { 20, 60 }.Select(rows => ApiItems.Generate(rows).Utf8(JsonLayout.Compact))];
var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "headroom-fuzz", seed.ToString(CultureInfo.InvariantCulture))).FullName;
Console.WriteLine($"seed {seed}, {string.Join(" and ", names)}, {seconds} s; inputs that fail go to {folder}");
var clock = Stopwatch.StartNew();
var failures = 0;
var iteration = only ?? 0;
for (; only is null ? clock.Elapsed.TotalSeconds < seconds : iteration == only; iteration++)
{
    // Each iteration has its own sequence, so that one can be repeated without those before it.
    var random = new SeededRandom(((ulong)seed << 32) + (ulong)iteration);
    var name = random.Pick(names);
    var input = Window(random);
    input = random.Chance(0.3) ? Mutation.Splice(input, Window(random), random) : input;
    input = Mutation.Of(input, random);
    input = input.Length > MostBytes ? input[..MostBytes] : input;
    var options = random.NextUInt64();
    var started = clock.ElapsedMilliseconds;
    var failure = await FailureAsync(targets[name], input, options);
    var took = clock.ElapsedMilliseconds - started;
    if (took > SlowMilliseconds)
    {
        Console.WriteLine($"slow: {took} ms for {input.Length} bytes; repeat with: 0 {seed} {what} {iteration}");
        await File.WriteAllBytesAsync(Path.Combine(folder, $"slow-{name}-{iteration}"), input);
    }

    if (failure is not null)
    {
        failures++;
        var small = await SmallerAsync(targets[name], input, options, failure);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}-{iteration}"), small);
        Console.WriteLine($"FAILED {name}, {input.Length} bytes, {small.Length} when made smaller; repeat with: 0 {seed} {what} {iteration}\n    {failure.ReplaceLineEndings(" ")}");
    }
}

Console.WriteLine($"{iteration - (only ?? 0)} iterations, {failures} failures, seed {seed}");
return failures == 0 ? 0 : 1;

byte[] Window(SeededRandom random)
{
    var seedInput = random.Pick(seeds);
    var length = Math.Min(seedInput.Length, random.Next(200, random.Chance(0.1) ? 30_000 : 5_000));
    var start = random.Chance(0.3) ? 0 : random.Next(seedInput.Length - length + 1);
    return seedInput[start..(start + length)];
}

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

// Leaves out ever smaller stretches as long as it goes on failing in the same way, for at most 20 s.
static async Task<byte[]> SmallerAsync(IFuzzTarget target, byte[] input, ulong options, string failure)
{
    var clock = Stopwatch.StartNew();
    for (var size = input.Length / 2; size > 0 && clock.Elapsed.TotalSeconds < 20; size /= 2)
    {
        for (var at = 0; at < input.Length && clock.Elapsed.TotalSeconds < 20;)
        {
            byte[] without = [.. input[..at], .. input[Math.Min(input.Length, at + size)..]];
            if (await FailureAsync(target, without, options) is { } still && still.Split(' ')[0] == failure.Split(' ')[0])
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
}
