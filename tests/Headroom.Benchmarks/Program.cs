using System.Globalization;
using Headroom.Benchmarks;
using Headroom.TestData;

// One command per table of docs/benchmarks.md; all of them, in the order of the document, without an argument.
string[] all = ["tokens", "kinds", "engine", "scale", "growth", "proxy", "loop"];
for (var tables = new Queue<string>(args.Length > 0 ? args : all); tables.TryDequeue(out var table);)
{
    switch (table)
    {
        case "tokens":
            TokenTable.Print(Console.Out);
            break;
        case "kinds":
            await KindTable.PrintAsync(Console.Out);
            break;
        case "engine":
            EngineSpeed.Print(Console.Out);
            break;
        case "scale":
            await ScaleTable.PrintAsync(Console.Out);
            break;
        case "scale-of" when tables.TryDequeue(out var kind) && tables.TryDequeue(out var size):
            ScaleTable.MeasureHere(Console.Out, kind, int.Parse(size, CultureInfo.InvariantCulture));
            break;
        case "growth":
            await GrowthTable.PrintAsync(Console.Out);
            break;
        case "growth-named" when tables.TryDequeue(out var named):
            await GrowthTable.PrintAsync(Console.Out, named);
            break;
        case "growth-of" when tables.TryDequeue(out var name):
            GrowthTable.MeasureHere(Console.Out, name);
            break;
        case "growth-peak" when tables.TryDequeue(out var path):
            GrowthTable.MeasurePeakHere(Console.Out, path);
            break;
        case "proxy":
            await ProxyLatency.PrintAsync(Console.Out);
            break;
        case "store":
            await StoreTable.PrintAsync(Console.Out);
            break;
        case "store-fill" when tables.TryDequeue(out var to) && tables.TryDequeue(out var entries):
            await StoreTable.FillAsync(Console.Out, to, int.Parse(entries, CultureInfo.InvariantCulture));
            break;
        case "store-measure" when tables.TryDequeue(out var from) && tables.TryDequeue(out var entries):
            await StoreTable.MeasureAsync(Console.Out, from, int.Parse(entries, CultureInfo.InvariantCulture));
            break;
        case "kills" when tables.TryDequeue(out var runs):
            await KillTable.PrintAsync(Console.Out, int.Parse(runs, CultureInfo.InvariantCulture));
            break;
        case "loop":
            await LoopLatency.PrintAsync(Console.Out);
            break;
        case "snapshot":
            Console.WriteLine($"{OutputSnapshot.Rewrite()} lines of the snapshot are others now");
            break;
        case "lookups" when tables.TryDequeue(out var directory):
            LookupTable.Print(Console.Out, directory);
            break;
        default:
            await Console.Error.WriteLineAsync($"unknown table '{table}'; one of: {string.Join(", ", all)}, store, store-fill DIRECTORY N, store-measure DIRECTORY N, kills N, growth-named TEXT, lookups DIRECTORY, snapshot");
            return 2;
    }
}

return 0;
