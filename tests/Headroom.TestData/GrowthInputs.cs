using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Headroom.TestData;

/// <summary>An input that grows, made to be as bad as it can be for one of the engine's loops.</summary>
/// <param name="Name">What it is, unique.</param>
/// <param name="Kind">What it is taken for, or aims at.</param>
/// <param name="Make">The input of about so many bytes; the same bytes each time.</param>
public sealed record GrowthInput(string Name, string Kind, Func<int, byte[]> Make)
{
    /// <summary>The name: what a test explorer shows.</summary>
    public override string ToString() => Name;
}

/// <summary>
/// Inputs against which time and memory must grow as their size does: several of each kind, each a worst case for some loop, look-up or alignment. Whoever
/// writes a loop in a loop adds the input that would show it.
/// </summary>
public static class GrowthInputs
{
    /// <summary>All of them, in the order of their kinds.</summary>
    public static ImmutableArray<GrowthInput> All { get; } =
    [
        .. Of("text", Text()), .. Of("terminal", Terminal()), .. Of("mixed", Mixed()), .. Of("json", Json()), .. Of("json lines", JsonLines()), .. Of("table", Tables()),
        .. Of("log", Logs()), .. Of("stack", Stacks()), .. Of("build", Builds()), .. Of("search", Searches()), .. Of("diff", Diffs()), .. Of("listing", Listings()),
        .. Of("markup", Markup()), .. Of("base64", Base64()),
    ];

    private static IEnumerable<GrowthInput> Of(string kind, IEnumerable<(string Name, Func<int, string> Make)> inputs) =>
        inputs.Select(input => new GrowthInput($"{kind}: {input.Name}", kind, bytes => Encoding.UTF8.GetBytes(input.Make(bytes))));

    private static IEnumerable<(string, Func<int, string>)> Text()
    {
        yield return ("one line", n => new string('x', n));
        yield return ("one line of words", n => Repeat(n, i => $"word{Mixed(i) % 5000} "));
        yield return ("blank lines", n => new string('\n', n));
        yield return ("blanks", n => new string(' ', n));
        yield return ("blank lines of Windows", n => Repeat(n, _ => "\r\n"));
        foreach (var (name, character) in new[] { ("braces", '{'), ("brackets", '['), ("quotes", '"'), ("backslashes", '\\'), ("bars", '|'), ("angle brackets", '>'), ("zeros", '\0'), ("carriage returns", '\r') })
        {
            yield return ($"a run of {name}", n => new string(character, n));
        }

        yield return ("lines of one letter", n => Repeat(n, i => $"{(char)('a' + (i % 26))}\n"));
        yield return ("one line again and again", n => Repeat(n, _ => "The quick brown fox jumps over the lazy dog and runs away.\n"));
        yield return ("blocks that repeat with one line changed", n => Repeat(n, i => $"{(i % 40 == 0 ? Word(i) : "same line " + (i % 40))} of a block of lines\n"));
        yield return ("two lines by turns", n => Repeat(n, i => i % 2 == 0 ? "first line of the two that follow each other\n" : "second line of the two that follow each other\n"));
        yield return ("periods that grow", n => Repeat(n, i => $"line {i - (int)Math.Pow((int)Math.Sqrt(i), 2)} of a period that grows\n"));
        yield return ("lines that differ in the last word", n => Repeat(n, i => $"a long line of words that are the same in each of all the lines but for the last {Word(i)}\n"));
        yield return ("source code", n => Repeat(n, i => $"    var value{i} = Compute({i}, \"{Word(i)}\");\n"));
        yield return ("words of two letters", n => Repeat(n, i => $"{(char)('a' + (i % 26))}{(char)('a' + (i / 26 % 26))} "));
    }

    private static IEnumerable<(string, Func<int, string>)> Terminal()
    {
        yield return ("erased lines", n => Repeat(n, i => $"progress {i}\e[1K\n"));
        yield return ("a line erased again and again", n => Repeat(n, i => $"progress {i}\e[2K\r"));
        yield return ("colours", n => Repeat(n, i => $"\e[3{i % 8}mword{i}\e[0m and more\n"));
        yield return ("one line redrawn", n => Repeat(n, i => $"\rdownloading {i % 100}% of the file"));
        yield return ("a title that never ends", n => "\e]" + new string('a', n));
        yield return ("titles that never end", n => Repeat(n, _ => "\e]0;"));
        yield return ("backspaces", n => Repeat(n, i => $"{i % 10}\b") + "\n");
    }

    private static IEnumerable<(string, Func<int, string>)> Mixed()
    {
        yield return ("fences that never close", n => Repeat(n, i => i % 3 == 0 ? "```json\n" : $"text of the line {Word(i)} and so on\n"));
        yield return ("fences alone", n => Repeat(n, _ => "```sh\n"));
        yield return ("fences of another length", n => Repeat(n, i => $"{new string('`', 3 + (i % 50))}{(i % 2 == 0 ? "x" : "")}\ntext {i}\n"));
        yield return ("brackets that never close", n => Repeat(n, i => $"{{\"open\": [{i},\nsome text in between {i}\n"));
        yield return ("open brackets", n => Repeat(n, _ => "[\n"));
        yield return ("kinds that change each line", n => Repeat(n, i => (i % 4) switch
        {
            0 => $"2025-06-24T10:20:{i % 60:00}Z INFO request {i} done\n",
            1 => $"src/file{i}.cs:{i}:    return {Word(i)};\n",
            2 => $"{{\"id\": {i}, \"name\": \"{Word(i)}\"}}\n",
            _ => $"plain text that says something about {Word(i)}\n",
        }));
        yield return ("kinds that change each five lines", n => Repeat(n, i => (i / 5 % 3) switch
        {
            0 => $"2025-06-24T10:20:{i % 60:00}Z INFO request {i} done by worker {Word(i)}\n",
            1 => $"src/file{i}.cs:{i}:    return {Word(i)} and some more of it;\n",
            _ => $"error CS{i % 9000:0000}: the name {Word(i)} does not exist in the current context\n",
        }));
        yield return ("prompts", n => Repeat(n, i => i % 2 == 0 ? $"$ command {i}\n" : $"output {Word(i)}\n"));
        yield return ("diff headers without hunks", n => Repeat(n, i => i % 2 == 0 ? $"diff --git a/{i} b/{i}\n" : $"text {i}\n"));
        yield return ("diff headers one after another", n => "some text\n\n" + Repeat(n, i => $"diff --git a/{i} b/{i}\n") + "\nmore text\n");
        yield return ("documents in each other with text behind", n => Repeat(20, _ => "some text of the first lines\n", 20) + Repeat(n / 2, _ => "[\n") + Repeat(n / 2, _ => "] x\n"));
        yield return ("commit texts without a diff", n => Repeat(n, i => i % 50 == 0 ? $"commit {i:x40}\n" : $"    text of the commit {Word(i)}\n") + "the end of it all\n");
        yield return ("hunks with large counts", n => "some text\n\n" + Repeat(n, i => $"@@ -{i},90000 +{i},90000 @@\n line {i}\n"));
        yield return ("paragraphs", n => Repeat(n, i => i % 4 == 3 ? "\n" : i % 8 < 4 ? $"NAME{i}   READY   STATUS\n" : $"Some text about {Word(i)}, with a comma.\n"));
        yield return ("documents of JSON with text behind", n => Repeat(n, i => $"{{\n  \"id\": {i},\n  \"name\": \"{Word(i)}\"\n}} and text\n"));
        yield return ("log lines among text", n => Repeat(n, i => i % 7 < 3 ? $"10:20:{i % 60:00} INFO {Word(i)} happened\n" : $"   {Word(i)} text below {i}\n"));
    }

    private static IEnumerable<(string, Func<int, string>)> Json()
    {
        yield return ("deep arrays", n => new string('[', n / 2) + new string(']', n / 2));
        yield return ("deep objects", n => Repeat(n - (n / 7), _ => "{\"a\":") + "1" + new string('}', (n - (n / 7)) / 5));
        yield return ("deep by 60, many times", n => Array(n, i => new string('[', 60) + i + new string(']', 60)));
        yield return ("objects nested 50 deep, many times", n => Array(n, i => string.Concat(Enumerable.Repeat("{\"a\":", 50)) + i + new string('}', 50)));
        yield return ("10,000 columns", n => Array(n, row => "{" + Joined(10_000, c => $"\"c{c}\":{(row * 7) + c}") + "}"));
        yield return ("columns without an end", n => Array(n, row => "{" + Joined(Math.Max(1, n / 60), c => $"\"k{c}\":{row + c}") + "}", 3));
        yield return ("two wide rows with their keys the other way round", n => $"[{{{Joined(n / 24, c => $"\"k{c}\":{c}")}}},{{{Joined(n / 24, c => $"\"k{(n / 24) - c}\":{c}")}}}]");
        yield return ("wide rows with other orders", n => Array(n, row => "{" + Joined(2_000, c => $"\"k{(c * ((row * 2) + 1)) % 2_048}\":{c}") + "}"));
        yield return ("other keys in each row", n => Array(n, i => $"{{\"k{i}\":{i},\"m{i}\":\"{Word(i)}\"}}"));
        yield return ("keys that a few rows share", n => Array(n, i => "{" + Joined(6, c => $"\"k{(i / 8 * 6) + c}\":\"{Word(i % 2)}\"") + "}"));
        yield return ("one key more in each row", n => Array(n, i => "{" + Joined(1 + (i % 400), c => $"\"k{c}\":{i}") + "}"));
        yield return ("keys in another order in each row", n => Array(n, i => "{" + Joined(12, c => $"\"k{Mixed((i * 31) + c) % 997}_{c}\":{i}") + "}"));
        yield return ("a permutation of the keys in each row", n => Array(n, i => "{" + Joined(8, c => $"\"k{(c * ((i % 3 * 2) + 1) + i) % 8}\":{i}") + "}"));
        yield return ("keys that are missing at random", n => Array(n, i => "{\"id\":" + i + string.Concat(Enumerable.Range(0, 20).Where(c => ((Mixed(i) >> c) & 1) == 1).Select(c => $",\"k{c}\":{i % 7}")) + "}"));
        yield return ("one object with many keys", n => "{" + Items(n, i => $"\"{Word(i)}{i}\":{i}") + "}");
        yield return ("one object with one key many times", n => "{" + Items(n, i => $"\"key\":{i}") + "}");
        yield return ("a map of rows", n => "{" + Items(n, i => $"\"{Word(i)}{i}\":{{\"id\":{i},\"value\":\"{Word(i * 3)}\"}}") + "}");
        yield return ("rows all different", n => Array(n, i => $"{{\"id\":{Mixed(i)},\"name\":\"{Word(i)} {Word(i * 7)}\",\"note\":\"{Word(i * 3)} {Word(i * 5)} {Word(i * 11)}\"}}"));
        yield return ("rows all the same", n => Array(n, _ => "{\"id\":1,\"name\":\"same\",\"note\":\"the same in each row\"}"));
        yield return ("rows in pairs", n => Array(n, i => $"{{\"id\":{i / 2},\"name\":\"{Word(i / 2)}\",\"kind\":\"{(i % 2 == 0 ? "a" : "b")}\"}}"));
        yield return ("numbers", n => Array(n, i => $"{Mixed(i)}"));
        yield return ("strings", n => Array(n, i => $"\"{Word(i)} {Word(i * 7)}\""));
        yield return ("small arrays", n => Array(n, i => $"[{i},{i % 3}]"));
        yield return ("empty arrays", n => Array(n, _ => "[]"));
        yield return ("arrays of arrays of rows", n => Array(n, i => "[" + Joined(5, c => $"{{\"a\":{i + c},\"b\":\"{Word(c)}\"}}") + "]"));
        yield return ("a list of rows in each row", n => Array(n, i => $"{{\"id\":{i},\"items\":[" + Joined(i % 7, c => $"{{\"a\":{i + c},\"b\":\"{Word(c)}\"}}") + "]}"));
        yield return ("one long string", n => $"{{\"text\":\"{Repeat(n, i => Word(i) + " ")}\"}}");
        yield return ("a long string of lines", n => $"{{\"text\":\"{Repeat(n, i => $"line {i} of {Word(i)}\\n")}\"}}");
        yield return ("many long strings", n => Array(n, i => $"{{\"id\":{i},\"text\":\"{Repeat(1500, w => Word((i * 300) + w) + " ")}\"}}"));
        yield return ("a table in a table", n => Array(n, i => $"{{\"id\":{i},\"in\":{{\"k{i % 1000}\":{i},\"m\":{{\"x{i % 77}\":\"{Word(i)}\"}}}}}}"));
        yield return ("escapes", n => Array(n, i => $"\"\\u00e9\\n\\t\\\"{Word(i)}\\\\\""));
        yield return ("JSON in strings in JSON", n => Array(n, i => $"\"{{\\\"id\\\":{i + 1000},\\\"in\\\":\\\"{{\\\\\\\"a\\\\\\\":{i + 1000}}}\\\"}}\""));
        yield return ("errors in each row", n => Array(n, i => $"{{\"id\":{i},\"level\":\"error\",\"message\":\"failed: {Word(i)} {Mixed(i)}\"}}"));
        yield return ("a value that jumps in each row", n => Array(n, i => $"{{\"t\":{i},\"v\":{(i % 2 == 0 ? 1 : 1000000 + i)},\"w\":{Math.Pow(1.001, i % 5000).ToString("F6", CultureInfo.InvariantCulture)}}}"));
        yield return ("objects side by side", n => "{" + Items(n, i => $"\"part{i}\":[{{\"a\":{i}}},{{\"a\":{i + 1}}},{{\"a\":{i + 2}}}]") + "}");
        yield return ("strings that begin alike", n => Array(n, i => $"{{\"path\":\"{new string('a', i % 200)}{Mixed(i)}\"}}"));
        yield return ("few strings of many", n => Array(n, i => $"{{\"a\":\"{Word(i % 300)}\",\"b\":\"{Word(i % 61)}\",\"c\":\"{Word(i % 7)}\"}}"));
    }

    private static IEnumerable<(string, Func<int, string>)> JsonLines()
    {
        yield return ("rows of one shape", n => Repeat(n, i => $"{{\"id\":{i},\"name\":\"{Word(i)}\",\"value\":{Mixed(i) % 1000}}}\n"));
        yield return ("a shape each", n => Repeat(n, i => $"{{\"k{i}\":{i},\"m{i % 977}\":\"{Word(i)}\"}}\n"));
        yield return ("a broken line by turns", n => Repeat(n, i => i % 2 == 0 ? $"{{\"id\":{i},\"name\":\"{Word(i)}\"}}\n" : $"{{\"id\":{i},\"name\"\n"));
        yield return ("spellings by turns", n => Repeat(n, i => i % 2 == 0 ? $"{{\"id\":{i},\"name\":\"{Word(i)}\"}}\n" : $"{{ \"id\" : {i} , \"name\" : \"{Word(i)}\" }}\n"));
        yield return ("deep lines", n => Repeat(n, i => new string('[', 40) + i + new string(']', 40) + "\n"));
        yield return ("one wide line", n => "{" + Items(n / 2, i => $"\"k{i}\":{i}") + "}\n{" + Items(n / 2, i => $"\"k{i}\":{i + 1}") + "}\n");
        yield return ("on one line", n => Repeat(n, i => $"{{\"id\":{i},\"name\":\"{Word(i)}\"}}"));
    }

    private static IEnumerable<(string, Func<int, string>)> Tables()
    {
        yield return ("CSV", n => "id,name,value\n" + Repeat(n, i => $"{i},{Word(i)},{Mixed(i) % 1000}\n"));
        yield return ("CSV of 10,000 columns", n => Repeat(n, row => Joined(10_000, c => row == 0 ? $"c{c}" : $"{(row * 3) + c}") + "\n"));
        yield return ("CSV of columns without an end", n => Joined(n / 24, c => $"col{c}") + "\n" + Joined(n / 24, c => $"{c}") + "\n" + Joined(n / 24, c => $"{c + 1}") + "\n");
        yield return ("CSV with a quote that never closes", n => "id,name,value\n" + Repeat(n, i => $"{i},\"{Word(i)},{i % 5}\n"));
        yield return ("CSV with quotes about each field", n => "\"id\",\"name\"\n" + Repeat(n, i => $"\"{i}\",\"{Word(i)} \"\"said\"\"\"\n"));
        yield return ("CSV with line breaks in fields", n => "id,text,value\n" + Repeat(n, i => $"{i},\"{Word(i)}\nand more\nof it\",{i % 9}\n"));
        yield return ("CSV with another number of fields in each row", n => "a,b,c\n" + Repeat(n, i => string.Join(',', Enumerable.Range(i, 1 + (i % 9))) + "\n"));
        yield return ("Markdown", n => "| id | name | value |\n|---|---|--:|\n" + Repeat(n, i => $"| {i} | {Word(i)} | {Mixed(i) % 1000} |\n"));
        yield return ("Markdown of many columns", n => $"|{Joined(1000, c => $" c{c} ", "|")}|\n|{Joined(1000, _ => "---", "|")}|\n" + Repeat(n, row => $"|{Joined(1000, c => $" {row + c} ", "|")}|\n"));
        yield return ("Markdown tables one after another", n => Repeat(n, i => $"| id | name |\n|---|---|\n| {i} | {Word(i)} |\n\n"));
        yield return ("aligned", n => "NAME                 READY   STATUS    AGE\n" + Repeat(n, i => $"{$"web-{Word(i)}",-20} 1/1     Running   {i % 99}d\n"));
        yield return ("aligned with many columns", n => Repeat(n, row => string.Concat(Enumerable.Range(0, 400).Select(c => (row == 0 ? $"COL{c}" : $"{row + c}").PadRight(9))) + "\n"));
        yield return ("aligned with cells that run over", n => "NAME       READY   STATUS\n" + Repeat(n, i => $"{new string('n', 3 + (i % 30)),-10} 1/1     Running {Word(i)}\n"));
        yield return ("records", n => Repeat(n, i => $"Name   : {Word(i)}\nId     : {i}\nStatus : Running\n\n"));
        yield return ("one record without an end", n => Repeat(n, i => $"Key{i} : {Word(i)}\n"));
        yield return ("records with other keys each", n => Repeat(n, i => $"Key{i}  : {Word(i)}\nOther{i} : {i}\n\n"));
    }

    private static IEnumerable<(string, Func<int, string>)> Logs()
    {
        yield return ("one statement", n => Repeat(n, i => $"{Time(i)} INFO request {Mixed(i)} done in {i % 500} ms\n"));
        yield return ("a statement each", n => Repeat(n, i => $"{Time(i)} INFO {Word(i)} {Word(i * 3)} {Word(i * 7)}\n"));
        yield return ("statements of one length and one first word", n => Repeat(n, i => $"{Time(i)} INFO worker {Word(Mixed(i))} {Word(Mixed(i + 1))} did {Word(Mixed(i + 2))} it\n"));
        yield return ("another number of words in each line", n => Repeat(n, i => $"{Time(i)} INFO {string.Join(' ', Enumerable.Range(0, i % 300).Select(w => Word(w)))}\n"));
        yield return ("lines of 10,000 words", n => Repeat(n, i => $"{Time(i)} INFO {Repeat(60_000, w => $"{Word(w + i)} ")}\n"));
        yield return ("one line of words", n => $"{Time(1)} INFO start\n{Time(2)} INFO {Repeat(n, w => $"{Word(w)}={w} ")}\n{Time(3)} INFO end of it\n");
        yield return ("entries without an end", n => $"{Time(1)} ERROR begin\n" + Repeat(n, i => $"    detail {Word(i)} {i}\n"));
        yield return ("entries that recur with one line changed", n => Repeat(n, i => i % 30 == 0 ? $"{Time(i)} ERROR failed {Word(i)}\n" : $"    detail {(i % 30 == 15 ? Word(i) : "same")} {i % 30}\n"));
        yield return ("blocks of lines that recur", n => Repeat(n, i => $"{Time(i / 7)} INFO step {i % 7} of {Word(i / 7)} done\n"));
        yield return ("time that goes back", n => Repeat(n, i => $"{Time(10_000_000 - (i * 7))} WARN clock {i % 11} is {Word(i)}\n"));
        yield return ("all errors", n => Repeat(n, i => $"{Time(i)} ERROR {Word(i)} failed: {Word(i * 7)} code {Mixed(i)}\n"));
        yield return ("values that are rare", n => Repeat(n, i => $"{Time(i)} INFO user={Word(i)} status={(i % 50 == 0 ? i : 200)} path=/{Word(i % 40)}/{i} took={Mixed(i) % 3000}ms\n"));
        yield return ("key=value pairs, many", n => Repeat(n, i => $"{Time(i)} INFO {string.Join(' ', Enumerable.Range(0, 100).Select(c => $"k{c}={i + c}"))}\n"));
        yield return ("values that grow", n => Repeat(n, i => $"{Time(i)} INFO queue length {i * 3L} of {long.MaxValue - i}\n"));
        yield return ("values that grow without an end", n => Repeat(n, i => $"{Time(i)} INFO value {(double)Mixed(i) / 7:R} of {Math.Pow(1.01, i % 60_000):R}\n"));
        yield return ("access log", n => Repeat(n, i => $"10.0.{i % 256}.{Mixed(i) % 256} - - [24/Jun/2025:10:20:{i % 60:00} +0000] \"GET /{Word(i)}/{i} HTTP/1.1\" {(i % 90 == 0 ? 500 : 200)} {Mixed(i) % 9000}\n"));
    }

    private static IEnumerable<(string, Func<int, string>)> Stacks()
    {
        yield return ("one trace again and again", n => Repeat(n, i => i % 12 == 0 ? "System.InvalidOperationException: It failed.\n" : $"   at App.Class{i % 12}.Method(String name) in /src/Class{i % 12}.cs:line {i % 12}\n"));
        yield return ("one trace without an end", n => "System.StackOverflowException: too deep\n" + Repeat(n, i => $"   at App.Class{Mixed(i) % 1000}.Method{i}(String name) in /src/Class{i % 99}.cs:line {i}\n"));
        yield return ("a recursion", n => "System.StackOverflowException: too deep\n" + Repeat(n, i => $"   at App.Walk.Step{i % 2}(Node node) in /src/Walk.cs:line {12 + (i % 2)}\n"));
        yield return ("a cause in each cause", n => Repeat(n, i => $"Caused by: java.lang.RuntimeException: {Word(i)}\n\tat com.app.Class{i}.run(Class{i}.java:{i})\n\tat com.app.Main.main(Main.java:5)\n\t... {i % 40} more\n"));
        yield return ("Python", n => Repeat(n, i => $"Traceback (most recent call last):\n  File \"/app/{Word(i)}.py\", line {i}, in run\n    call({i})\nValueError: {Word(i)}\n"));
    }

    private static IEnumerable<(string, Func<int, string>)> Builds()
    {
        yield return ("warnings alike", n => Repeat(n, i => $"src/File{i}.cs({i % 900},{i % 80}): warning CS8602: Dereference of a possibly null reference. [/app/app.csproj]\n"));
        yield return ("warnings all different", n => Repeat(n, i => $"src/{Word(i)}.c:{i % 900}:{i % 80}: warning: unused variable '{Word(Mixed(i))}' [-Wunused-variable]\n"));
        yield return ("tests that pass", n => Repeat(n, i => $"  Passed App.Tests.{Word(i)}Tests.Works_{i} [{i % 90} ms]\n") + "Passed!  - Failed: 0, Passed: 1, Skipped: 0, Total: 1\n");
        yield return ("tests that fail", n => Repeat(n, i => $"FAILED tests/test_{Word(i)}.py::test_{i} - AssertionError: assert {i} == {Mixed(i)}\n"));
        yield return ("failures with details", n => Repeat(n, i => $"--- FAIL: Test{Word(i)}{i} (0.0{i % 9}s)\n    file_test.go:{i % 900}: got {Mixed(i)}, want {i}\n"));
        yield return ("steps with progress", n => Repeat(n, i => $"[{i % 4000}/4000] Building CXX object src/CMakeFiles/app.dir/{Word(i)}.cc.o\n"));
        yield return ("cargo", n => Repeat(n, i => $"   Compiling {Word(i)}-{i} v{i % 9}.{i % 20}.{i % 7}\n") + "error: could not compile `app` due to 1 previous error\n");
        yield return ("lines alike but for a number", n => Repeat(n, i => $"warning: item {i} was skipped\n"));
        yield return ("repeated prefixes that grow", n => Repeat(n, i => $"gcc -I/usr/include/{new string('d', i % 120)} -c {Word(i)}.c -o {Word(i)}.o\n") + "make: *** [all] Error 1\n");
        yield return ("long command lines", n => Repeat(n, i => $"gcc {string.Join(' ', Enumerable.Range(0, 300).Select(c => $"-I/opt/lib{(i + c) % 977}/include"))} -c {Word(i)}.c\n") + "main.c:1:1: error: expected identifier\nmake: *** [all] Error 1\n");
    }

    private static IEnumerable<(string, Func<int, string>)> Searches()
    {
        yield return ("one file", n => Repeat(n, i => $"src/app.cs:{i + 1}:    return {Word(i)}({i});\n"));
        yield return ("a file each", n => Repeat(n, i => $"src/{Word(i)}/{Word(i * 3)}{i}.cs:{(i % 900) + 1}:    return {Word(i)};\n"));
        yield return ("folders that go deep", n => Repeat(n, i => $"{string.Concat(Enumerable.Range(0, i % 60).Select(d => $"dir{d}/"))}file{i}.cs:{i + 1}:text {Word(i)}\n"));
        yield return ("colons without an end", n => Repeat(n, i => $"src/a{i % 9}.cs:{i + 1}:{string.Concat(Enumerable.Range(0, 200).Select(c => $"{c}:"))}\n"));
        yield return ("headings", n => Repeat(n, i => i % 4 == 0 ? $"src/{Word(i)}{i}.cs\n" : $"{i + 1}:    text {Word(i)}\n"));
        yield return ("headings with context", n => Repeat(n, i => i % 6 == 5 ? "--\n" : $"src/a{i / 300}.cs{(i % 6 == 2 ? ":" : "-")}{i + 1}{(i % 6 == 2 ? ":" : "-")}    text {Word(i)}\n"));
        yield return ("one line found everywhere", n => Repeat(n, i => $"src/dir{i % 100}/file{i}.cs:12:using System.Collections.Generic;\n"));
        yield return ("one found line without an end", n => $"src/a.js:1:var a=1;\nsrc/b.min.js:1:{Repeat(n, i => $"function {Word(i)}(){{return {i}}};")}\nsrc/c.js:3:var c=1;\n");
    }

    private static IEnumerable<(string, Func<int, string>)> Diffs()
    {
        yield return ("alternating hunks", n => "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n" + Repeat(n, i => $"@@ -{(i * 10) + 1},3 +{(i * 10) + 1},3 @@\n context {i}\n-old {Word(i)}\n+new {Word(i * 3)}\n context\n"));
        yield return ("one hunk without an end", n => Hunk(n, i => i % 2 == 0 ? $"-old {Word(i)}" : $"+new {Word(i)}"));
        yield return ("one block removed and added elsewhere", n => Hunk(n / 2, i => $"-line {Word(i)} {i}", i => $"+line {Word(i)} {i}"));
        yield return ("moved lines in another order", n => Hunk(n / 2, i => $"-line of text {Mixed(i % 1024)} {i / 1024}", i => $"+line of text {Mixed(1023 - (i % 1024))} {i / 1024}"));
        yield return ("one line moved everywhere", n => Hunk(n / 2, _ => "-the very same line of text", _ => "+the very same line of text"));
        yield return ("moved blocks that begin alike", n => Hunk(n / 2, i => i % 8 == 7 ? $"-end {i}" : "-the very same line of text in all", i => i % 8 == 7 ? $"+end {i + 1}" : "+the very same line of text in all"));
        yield return ("a file each", n => Repeat(n, i => $"diff --git a/{Word(i)}{i}.cs b/{Word(i)}{i}.cs\nindex 1234567..89abcde 100644\n--- a/{Word(i)}{i}.cs\n+++ b/{Word(i)}{i}.cs\n@@ -1,2 +1,2 @@\n same\n-old {i}\n+new {i}\n"));
        yield return ("the same change in each file", n => Repeat(n, i => $"diff --git a/f{i}.cs b/f{i}.cs\n--- a/f{i}.cs\n+++ b/f{i}.cs\n@@ -1,2 +1,2 @@\n using System;\n-using Old.Name.Space;\n+using New.Name.Space;\n"));
        yield return ("renames", n => Repeat(n, i => $"diff --git a/old/{Word(i)}{i}.cs b/new/{Word(i)}{i}.cs\nsimilarity index 100%\nrename from old/{Word(i)}{i}.cs\nrename to new/{Word(i)}{i}.cs\n"));
        yield return ("one long line", n => $"diff --git a/a.js b/a.js\n--- a/a.js\n+++ b/a.js\n@@ -1,1 +1,1 @@\n-{Repeat(n / 2, i => Word(i) + " ")}\n+{Repeat(n / 2, i => Word(i + 1) + " ")}\n");
        yield return ("a lock file", n => LockFile(n));
        yield return ("counts of changes", n => Repeat(n, i => i % 20 == 0 ? $"commit {i:x40}\nAuthor: A <a@b.c>\nDate:   Tue Jun 24 10:20:30 2025 +0000\n\n    {Word(i)}\n\n" : $" src/{Word(i)}{i}.cs | {i % 90} {new string('+', 1 + (i % 20))}\n"));
    }

    private static IEnumerable<(string, Func<int, string>)> Listings()
    {
        yield return ("paths", n => Repeat(n, i => $"./src/{Word(i % 300)}/{Word(i)}{i}.cs\n"));
        yield return ("paths that go deep", n => Repeat(n, i => $"{string.Concat(Enumerable.Range(0, 1 + (i % 100)).Select(d => $"d{d}/"))}file{i}.txt\n"));
        yield return ("one path without an end", n => Repeat(12, f => string.Concat(Enumerable.Range(0, n / 100).Select(d => $"dir{(d + f) % 9}/")) + $"f{f}.txt\n", 12));
        yield return ("a folder each", n => Repeat(n, i => $"{Word(i)}{i}/{Word(i * 3)}/a.txt\n"));
        yield return ("names", n => Repeat(n, i => $"{Word(i)}{i}.txt\n"));
        yield return ("ls -l", n => "total 48\n" + Repeat(n, i => $"-rw-r--r-- 1 dev dev {Mixed(i) % 90000,6} Jun {(i % 28) + 1,2} 10:{i % 60:00} {Word(i)}{i}.txt\n"));
        yield return ("ls -lR", n => Repeat(n, i => i % 5 == 0 ? $"\n./dir{i}/{Word(i)}:\ntotal 8\n" : $"-rw-r--r-- 1 dev dev {Mixed(i) % 90000,6} Jun {(i % 28) + 1,2} 10:{i % 60:00} {Word(i)}{i}.txt\n"));
        yield return ("a tree", n => ".\n" + Repeat(n, i => $"{string.Concat(Enumerable.Repeat("│   ", i % 6))}├── {Word(i)}{i}\n"));
        yield return ("a tree that goes deep", n => ".\n" + Repeat(n, i => $"{string.Concat(Enumerable.Repeat("│   ", i % 120))}├── {Word(i)}{i}\n"));
        yield return ("git status", n => Repeat(n, i => $" M src/{Word(i)}/{i}.cs\n"));
    }

    private static IEnumerable<(string, Func<int, string>)> Markup()
    {
        yield return ("HTML of paragraphs", n => Page(Repeat(n, i => $"<p>text {Word(i)} of a <b>page</b></p>\n")));
        yield return ("HTML of a table", n => Page("<table>" + Repeat(n, i => $"<tr><td>{i}</td><td>{Word(i)}</td></tr>\n") + "</table>"));
        yield return ("HTML of links", n => Page(Repeat(n, i => $"<a href=\"/{Word(i)}/{i}\">link {i}</a> ")));
        yield return ("HTML of open tags", n => Page(Repeat(n, _ => "<p>text that is not closed\n")));
        yield return ("HTML of lists", n => Page("<ul>" + Repeat(n, i => $"<li>item {Word(i)}</li>") + "</ul>"));
        yield return ("XML of items", n => "<?xml version=\"1.0\"?>\n<root>\n" + Repeat(n, i => $"  <item id=\"{i}\"><name>{Word(i)}</name></item>\n") + "</root>\n");
        yield return ("XML of other names each", n => "<root>\n" + Repeat(n, i => $"  <n{i}>{Word(i)}</n{i}>\n") + "</root>\n");
        yield return ("XML of names by turns", n => "<root>\n" + Repeat(n, i => $"  <n{i % 50}><x{i % 7}>{Word(i)}</x{i % 7}></n{i % 50}>\n") + "</root>\n");
        yield return ("XML of many attributes", n => "<root>\n" + Repeat(n, i => $"  <item {Joined(200, c => $"a{c}=\"{i + c}\"", " ")}/>\n") + "</root>\n");
    }

    private static IEnumerable<(string, Func<int, string>)> Base64()
    {
        yield return ("one run", n => Run(n));
        yield return ("data URIs", n => Repeat(n, i => $"![image {i}](data:image/png;base64,{Run(400)})\n"));
        yield return ("lines of 76", n => Repeat(n, i => Run(76) + "\n"));
    }

    private static string Hunk(int bytes, params Func<int, string>[] sides)
    {
        var body = string.Concat(sides.Select(side => Repeat(bytes, i => side(i) + "\n")));
        var lines = body.Split('\n');
        return $"diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,{lines.Count(l => l.StartsWith('-'))} +1,{lines.Count(l => l.StartsWith('+'))} @@\n{body}";
    }

    private static string LockFile(int bytes)
    {
        var body = Repeat(bytes, i => $"-    \"node_modules/{Word(i)}{i}\": \"1.{i % 20}.0\",\n+    \"node_modules/{Word(i)}{i}\": \"1.{(i % 20) + 1}.0\",\n");
        var count = body.Count(c => c == '\n') / 2;
        return $"diff --git a/package-lock.json b/package-lock.json\n--- a/package-lock.json\n+++ b/package-lock.json\n@@ -1,{count} +1,{count} @@\n{body}";
    }

    private static string Page(string body) => $"<!DOCTYPE html>\n<html><head><title>Page</title></head><body>\n{body}</body></html>\n";

    private static string Run(int bytes) => Convert.ToBase64String(Enumerable.Range(0, bytes * 3 / 4).Select(i => (byte)Mixed(i)).ToArray());

    private static string Array(int bytes, Func<int, string> item, int atLeast = 1) => "[" + Items(bytes, item, atLeast) + "]";

    private static string Items(int bytes, Func<int, string> item, int atLeast = 1) => Repeat(bytes, i => (i == 0 ? "" : ",\n") + item(i), atLeast);

    private static string Joined(int count, Func<int, string> item, string between = ",") => string.Join(between, Enumerable.Range(0, count).Select(item));

    private static string Repeat(int bytes, Func<int, string> piece, int atLeast = 1)
    {
        var text = new StringBuilder(bytes + 200);
        for (var i = 0; text.Length < bytes || i < atLeast; i++)
        {
            text.Append(piece(i));
        }

        return text.ToString();
    }

    private static string Time(int second) => new DateTime(2025, 6, 24, 0, 0, 0, DateTimeKind.Utc).AddSeconds(second).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    private static int Mixed(int value)
    {
        var mixed = (uint)value * 2_654_435_761u;
        mixed = (mixed ^ (mixed >> 15)) * 2_246_822_519u;
        return (int)((mixed ^ (mixed >> 13)) >> 1);
    }

    // Letters only, and many: what has digits is a value to most of the engine.
    private static string Word(int value)
    {
        var mixed = (uint)Mixed(value) % 456_976u;
        return string.Create(4, mixed, static (letters, rest) =>
        {
            for (var i = 0; i < letters.Length; i++, rest /= 26)
            {
                letters[i] = (char)('a' + (rest % 26));
            }
        });
    }
}
