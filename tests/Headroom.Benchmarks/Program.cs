using Headroom.Benchmarks;

// One command per table of docs/benchmarks.md; all of them, in the order of the document, without an argument.
string[] all = ["tokens", "engine", "proxy"];
foreach (var table in args.Length > 0 ? args : all)
{
    switch (table)
    {
        case "tokens":
            TokenTable.Print(Console.Out);
            break;
        case "engine":
            EngineSpeed.Print(Console.Out);
            break;
        case "proxy":
            await ProxyLatency.PrintAsync(Console.Out);
            break;
        default:
            await Console.Error.WriteLineAsync($"unknown table '{table}'; one of: {string.Join(", ", all)}");
            return 2;
    }
}

return 0;
