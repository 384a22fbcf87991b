using System.Diagnostics;
using System.Globalization;
using System.Text;
using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Benchmarks;

/// <summary>
/// A SQLite store with very many entries. Times are those of single calls as a caller sees them; beside them stands what SQLite itself takes
/// in the same process for a bare row of the same bytes.
/// </summary>
internal static class StoreTable
{
    private const int Calls = 10_000;
    private static readonly DateTimeOffset Start = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    /// <summary>Fills and measures a store with a million entries.</summary>
    public static async Task PrintAsync(TextWriter output)
    {
        const int Entries = 1_000_000;
        var directory = Directory.CreateTempSubdirectory("headroom-store-").FullName;
        try
        {
            await FillAsync(output, directory, Entries);
            await MeasureAsync(output, directory, Entries);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Fills a store. The first tenth is old enough to be swept when it is measured.</summary>
    public static async Task FillAsync(TextWriter output, string directory, int entries)
    {
        await output.WriteLineAsync(FormattableString.Invariant($"\n## A store with {entries:N0} entries\n"));
        var clock = new Clock();
        var started = Stopwatch.GetTimestamp();
        var bytes = 0L;
        await using (var store = new SqliteCcrStore(directory, time: clock))
        {
            for (var n = 0; n < entries; n += 100)
            {
                clock.Now = n < entries / 10 ? Start : Start.AddDays(5);
                var proposals = Enumerable.Range(n, Math.Min(100, entries - n)).Select(i => Proposal(store, i)).ToArray();
                bytes += proposals.Sum(p => (long)p.Original.Length);
                await store.PinAsync(proposals, CancellationToken.None);
            }
        }

        var file = new FileInfo(Path.Combine(directory, SqliteCcrStore.FileName)).Length;
        await output.WriteLineAsync(FormattableString.Invariant(
            $"Originals of 200 B to 4 KB, JSON and logs, {bytes / (double)(1 << 20):N0} MiB in all, each with a pin of a quarter of its length. Filled in {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s, 100 in a transaction. The file has {file / (double)(1 << 20):N0} MiB, {file / (double)bytes:F2} bytes per original byte, pins included.\n"));
    }

    /// <summary>Measures a store that was filled with so many entries; once, because it sweeps.</summary>
    public static async Task MeasureAsync(TextWriter output, string directory, int entries)
    {
        var clock = new Clock { Now = Start.AddDays(5).AddMinutes(10) };
        var random = new Random(1);

        // 1. Opening: best of five, the first look-up of a conversation included.
        var first = Proposal(null, entries - 1).Pin.Key;
        var opening = TimeSpan.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            await using var fresh = new SqliteCcrStore(directory, time: clock);
            var started = Stopwatch.GetTimestamp();
            await fresh.OpenAsync(CancellationToken.None);
            if ((await fresh.FindPinsAsync([first], CancellationToken.None)).Count != 1)
            {
                throw new InvalidOperationException("A pin is missing.");
            }

            var elapsed = Stopwatch.GetElapsedTime(started);
            opening = elapsed < opening ? elapsed : opening;
        }

        await using var store = new SqliteCcrStore(directory, time: clock);
        await store.OpenAsync(CancellationToken.None);

        // 2. Single calls, and SQLite's own for the same bytes.
        var originals = Enumerable.Range(entries, Calls).Select(Original).ToArray();
        var rows = new Times();
        using var bare = new BareTable(Path.Combine(directory, "bare.db"), Math.Min(entries, 100_000));
        foreach (var original in originals)
        {
            rows.Measure(() => bare.Insert(original));
        }

        var reads = new Times();
        for (var i = 0; i < Calls; i++)
        {
            reads.Measure(() => bare.Read(random));
        }

        var puts = new Times();
        foreach (var original in originals)
        {
            await puts.MeasureAsync(async () => await store.PutAsync(original, CancellationToken.None));
        }

        var pins = new Times();
        for (var i = 0; i < Calls; i++)
        {
            var proposal = Proposal(store, entries + Calls + i);
            await pins.MeasureAsync(async () => await store.PinAsync([proposal], CancellationToken.None));
        }

        var gets = new Times();
        for (var i = 0; i < Calls; i++)
        {
            var hash = store.HashOf(Original(random.Next(entries / 10, entries)));
            await gets.MeasureAsync(async () => _ = await store.GetAsync(hash, CancellationToken.None) ?? throw new InvalidOperationException("An original is missing."));
        }

        var finds = new Times();
        PinKey[] keys = [];
        for (var i = 0; i < Calls; i++)
        {
            keys = [.. Enumerable.Range(0, 20).Select(_ => Proposal(null, random.Next(entries / 10, entries)).Pin.Key)];
            await finds.MeasureAsync(async () => await store.FindPinsAsync(keys, CancellationToken.None));
        }

        var repeats = new Times();
        for (var i = 0; i < Calls; i++)
        {
            await repeats.MeasureAsync(async () => await store.FindPinsAsync(keys, CancellationToken.None));
        }

        var statistics = new Times();
        for (var i = 0; i < 100; i++)
        {
            await statistics.MeasureAsync(async () => await store.StatisticsAsync(CancellationToken.None));
        }

        await output.WriteLineAsync("| Call | p50 | p99 | most | p50 over SQLite's | p99 over SQLite's |");
        await output.WriteLineAsync("|---|--:|--:|--:|--:|--:|");
        await output.WriteLineAsync(rows.Row("insert of a bare blob, SQLite alone", null));
        await output.WriteLineAsync(reads.Row("read of a bare blob, SQLite alone", null));
        await output.WriteLineAsync(puts.Row("put of a new original", rows));
        await output.WriteLineAsync(pins.Row("pin with its original", rows));
        await output.WriteLineAsync(gets.Row("get", reads));
        await output.WriteLineAsync(finds.Row("20 pins, from the file", reads));
        await output.WriteLineAsync(repeats.Row("20 pins, again", reads));
        await output.WriteLineAsync(statistics.Row("statistics", reads));

        // 3. A sweep of a tenth, while another process would write.
        clock.Now = Start.AddDays(8);
        var path = Path.Combine(directory, SqliteCcrStore.FileName);
        var size = new FileInfo(path).Length;
        await using var other = new SqliteCcrStore(directory, time: clock);
        await other.OpenAsync(CancellationToken.None);
        var sweeping = Stopwatch.GetTimestamp();
        var sweep = Task.Run(async () => await store.SweepAsync(CcrRetention.Default, CancellationToken.None));
        var meanwhile = new Times();
        for (var n = entries + (2 * Calls); !sweep.IsCompleted; n++)
        {
            var original = Original(n);
            await meanwhile.MeasureAsync(async () => await other.PutAsync(original, CancellationToken.None));
        }

        var removed = await sweep;
        var took = Stopwatch.GetElapsedTime(sweeping);
        await output.WriteLineAsync(meanwhile.Row("put by another process during the sweep", rows));
        await output.WriteLineAsync(FormattableString.Invariant(
            $"\nOpening the store and its first look-up take {opening.TotalMilliseconds:F1} ms. A sweep removed {removed.Originals:N0} originals and {removed.Pins:N0} pins in {took.TotalSeconds:F1} s; the file went from {size / (double)(1 << 20):N0} to {new FileInfo(path).Length / (double)(1 << 20):N0} MiB."));
    }

    /// <summary>The n-th original; anybody can make it again.</summary>
    private static byte[] Original(int n)
    {
        var random = new Random(n);
        var share = random.NextDouble();
        var length = 200 + (int)(3800 * share * share);
        var text = new StringBuilder(length + 200);
        if (n % 2 == 0)
        {
            for (text.Append('['); text.Length < length;)
            {
                text.Append(CultureInfo.InvariantCulture, $"{{\"id\":{random.Next()},\"path\":\"/srv/data/{random.Next(1000)}/part-{random.Next(100_000):D5}\",\"state\":\"{(random.Next(4) == 0 ? "pending" : "done")}\",\"ms\":{random.Next(5000) / 10.0}}},");
            }

            text[^1] = ']';
        }
        else
        {
            while (text.Length < length)
            {
                text.Append(CultureInfo.InvariantCulture, $"2026-03-{random.Next(1, 29):D2}T{random.Next(24):D2}:{random.Next(60):D2}:{random.Next(60):D2}Z INFO worker-{random.Next(16)} request {random.Next():x8} took {random.Next(900)} ms\n");
            }
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static PinProposal Proposal(SqliteCcrStore? store, int n)
    {
        var original = Original(n);
        var pin = new Pin
        {
            Key = PinKey.Of(original, "store"),
            Hash = store?.HashOf(original),
            Replacement = original[..(original.Length / 4)],
            Reason = "view",
            Strategy = "table",
            TokensBefore = original.Length / 3,
            TokensAfter = original.Length / 12,
        };
        return new PinProposal(pin, original);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class Times
    {
        private readonly List<double> _microseconds = [];

        public void Measure(Action call)
        {
            var started = Stopwatch.GetTimestamp();
            call();
            _microseconds.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
        }

        public async Task MeasureAsync(Func<Task> call)
        {
            var started = Stopwatch.GetTimestamp();
            await call();
            _microseconds.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
        }

        public string Row(string name, Times? reference)
        {
            _microseconds.Sort();
            return FormattableString.Invariant($"| {name} | {At(0.5):N0} µs | {At(0.99):N0} µs | {At(1) / 1000:N1} ms | ")
                + (reference is null ? "| |" : FormattableString.Invariant($"{At(0.5) / reference.At(0.5):F1} | {At(0.99) / reference.At(0.99):F1} |"));
        }

        private double At(double share) => _microseconds.Count == 0 ? 0 : _microseconds[(int)Math.Min(_microseconds.Count - 1, share * _microseconds.Count)];
    }

    /// <summary>A table with nothing but a number and a body, in a file of its own with the same settings.</summary>
    private sealed class BareTable : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly SqliteCommand _insert;
        private readonly SqliteCommand _read;
        private readonly int _rows;

        public BareTable(string path, int rows)
        {
            _rows = rows;
            _connection = new SqliteConnection($"Data Source={path};Pooling=False");
            _connection.Open();
            using var make = _connection.CreateCommand();
            make.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)";
            make.ExecuteNonQuery();
            _insert = _connection.CreateCommand();
            _insert.CommandText = "INSERT INTO t (body) VALUES ($body)";
            _read = _connection.CreateCommand();
            _read.CommandText = "SELECT body FROM t WHERE id = $id";
            using var transaction = _connection.BeginTransaction();
            _insert.Transaction = transaction;
            for (var i = 0; i < rows; i++)
            {
                Insert(Original(i));
            }

            transaction.Commit();
            _insert.Transaction = null;
        }

        public void Insert(byte[] body)
        {
            _insert.Parameters.Clear();
            _insert.Parameters.AddWithValue("$body", body);
            _insert.ExecuteNonQuery();
        }

        public void Read(Random random)
        {
            _read.Parameters.Clear();
            _read.Parameters.AddWithValue("$id", random.Next(1, _rows));
            using var reader = _read.ExecuteReader();
            reader.Read();
            _ = reader.GetFieldValue<byte[]>(0);
        }

        public void Dispose()
        {
            _insert.Dispose();
            _read.Dispose();
            _connection.Dispose();
        }
    }
}
