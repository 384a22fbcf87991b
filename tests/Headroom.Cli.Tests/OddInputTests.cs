using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Headroom.Cli.Tests;

/// <summary>Whatever lies at a path or behind a stream, a command ends, says so in few lines and shows nothing of its inside.</summary>
public sealed class OddInputTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public OddInputTests()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where there is no /proc, less can be told.");
        _home.Environment["HOME"] = _home.Path;
        _home.Write("rows.json", Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Range(0, 300).Select(i => $$"""{"id":{{i}},"name":"task {{i}}","state":"done"}"""))}]"));
        _home.Write("plain.txt", "A few words.\n"u8);
    }

    /// <summary>Whatever somebody may name where a file or a directory is wanted.</summary>
    private static readonly string[] OddNames =
    [
        "", " ", "-", "missing", "no/such/directory", "directory", "pipe", "socket", "/dev/null", "/dev/zero", "/dev/full", "/dev/stdin", "/proc/self/fd/0", "/proc/self/maps",
        "/proc/self/mem", "circle", "dangling", "to-zero", "to-pipe", "empty", "binary", "half-utf8", "huge", "new\nline \u001b[31m.txt", "-leading", "\u202Eoverride", new string('n', 300),
        string.Join('/', Enumerable.Repeat("deep", 3000)), "bad\uFFFDname", "plain.txt/below",
    ];

    /// <summary>Commands with a place for a name, and which share of the names is put there.</summary>
    public static TheoryData<string, int> Commands => new()
    {
        { "verify -- X", 1 },
        { "compress -- X", 3 },
        { "decode -- X", 5 },
        { "compress rows.json --rules=X", 3 },
        { "compress rows.json --report=X", 1 },
        { "compress --batch=X --out=out --report=report", 3 },
        { "compress --batch=directory --out=X --report=report", 3 },
        { "compress rows.json --tool=X --command=X --query=X --workspace=X", 5 },
        { "cache --data-dir=X", 1 },
        { "cache clear -- X", 5 },
        { "retrieve -- X", 5 },
        { "stats --url=http://127.0.0.1:1 --token-file=X", 3 },
        { "proxy --port=0 --ca-file=X", 3 },
        { "mcp status --data-dir=X", 5 },
        { "X", 5 },
    };

    public void Dispose()
    {
        _socket.Dispose();
        _home.Dispose();
    }

    [Theory, MemberData(nameof(Commands))]
    public async Task Whatever_a_command_is_given_it_ends_and_says_why(string command, int share)
    {
        await MakeAsync();
        var wrong = new List<string>();
        foreach (var name in OddNames.Where((_, i) => i % share == 0))
        {
            string[] arguments = [.. command.Split(' ').Select(word => word == "X" || word.EndsWith("=X", StringComparison.Ordinal) ? word[..^1] + name : word)];
            var outcome = await HeadroomProcess.RunRedirectedAsync(_home, "</dev/null", arguments);
            if (Complaint(outcome, command, "") is { } complaint)
            {
                wrong.Add($"{Shown(name)}: {complaint}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("verify rows.json plain.txt")]
    [InlineData("decode")]
    [InlineData("cache")]
    [InlineData("cache clear")]
    [InlineData("compress --batch directory --out out --report report")]
    [InlineData("mcp")]
    [InlineData("--help")]
    [InlineData("nonsense")]
    public async Task Whatever_its_streams_are_it_ends_and_says_why(string command)
    {
        await MakeAsync();
        var wrong = new List<string>();
        foreach (var redirections in (string[])[
            "<&-", "</dev/zero", "<.", "0>/dev/null", "<&- >&- 2>&-", ">&- </dev/null", "2>&- </dev/null", ">/dev/full 2>/dev/full </dev/null", "<rows.json | true", "<rows.json 1<empty"])
        {
            var outcome = await HeadroomProcess.RunRedirectedAsync(_home, redirections, command.Split(' '));
            if (Complaint(outcome, command, redirections) is { } complaint)
            {
                wrong.Add($"{redirections}: {complaint}");
            }
        }

        Assert.Empty(wrong);
    }

    [Theory]
    [InlineData("compress <&-", 2, "headroom: stdin is closed.")]
    [InlineData("decode <&-", 2, "headroom: stdin is closed.")]
    [InlineData("mcp <&-", 2, "headroom: stdin is closed, and MCP is spoken over it; --http serves over HTTP.")]
    [InlineData("compress rows.json >&-", 2, "headroom: stdout is closed; where nobody wants it, send it to /dev/null.")]
    [InlineData("compress rows.json >/dev/full", 2, "headroom: cannot write to stdout: No space left on device")]
    [InlineData("compress </dev/zero", 2, "headroom: cannot read stdin: It has no known length and goes on after 256 MiB.")]
    [InlineData("compress /dev/zero", 2, "headroom: cannot read /dev/zero: it is a device.")]
    [InlineData("compress pipe", 2, "headroom: cannot read pipe: it is a named pipe; redirect stdin from it instead.")]
    [InlineData("verify socket directory circle missing", 2,
        "headroom: cannot read socket: it is a socket.\nheadroom: cannot read directory: it is a directory.\nheadroom: cannot read circle: Too many levels of symbolic links\nheadroom: cannot read missing: there is no such file or directory.")]
    [InlineData("compress huge", 2, "headroom: cannot read huge: The file is too long: it has more than 2 GiB.")]
    [InlineData("compress --data-dir pipe rows.json", 2, "headroom: ")]
    [InlineData("verify missing 2>&-", 2, "")]
    [InlineData("compress rows.json | head -c 1", 0, "")]
    public async Task It_is_said_in_these_words(string command, int exitCode, string said)
    {
        await MakeAsync();
        var (words, redirections) = command.IndexOfAny(['<', '>', '|']) is >= 0 and var at ? (command[..at].Split(' ', StringSplitOptions.RemoveEmptyEntries), command[at..]) : (command.Split(' '), "");
        if (words[^1] == "2")
        {
            (words, redirections) = (words[..^1], "2" + redirections);
        }

        var outcome = await HeadroomProcess.RunRedirectedAsync(_home, redirections, words);
        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.StartsWith(said, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(said.Split('\n').Length, outcome.Error.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task A_pipe_of_the_shell_is_read_like_a_file()
    {
        var outcome = await HeadroomProcess.RunRedirectedAsync(_home, "3<rows.json 4<<E\n[]\nE", "verify", "/dev/fd/3", "/dev/fd/4");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var piped = await HeadroomProcess.RunRedirectedAsync(_home, "<<E\n[1]\nE", "compress", "/dev/stdin");
        Assert.Equal((0, "[1]\n"), (piped.ExitCode, piped.Text));
    }

    [Fact]
    public async Task A_batch_names_what_it_skips_and_does_the_rest()
    {
        await MakeAsync();
        foreach (var name in (string[])["a.json", "sub/b.json", "new\nline\u001b[31m.json", "-dash.json", "back\\slash.json", "sub/two  spaces.json"])
        {
            _home.Write("tree/" + name, _home.Read("rows.json"));
        }

        var outcome = await HeadroomProcess.RunRedirectedAsync(
            _home, "&& mkfifo tree/pipe tree/sub/pipe && ln -s .. tree/sub/up && ln -s circle tree/circle && ln -s nowhere tree/dangling && ln -s /dev/zero tree/zero && ln -s ../socket tree/socket && printf x >\"tree/$(printf 'bad\\377name')\"",
            "--version");
        Assert.Equal(0, outcome.ExitCode);
        outcome = await HeadroomProcess.RunRedirectedAsync(_home, "", "compress", "--batch", "tree", "--out", "out", "--report", "report");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Equal(0, (await HeadroomProcess.RunRedirectedAsync(_home, "&& rm -r tree", "--version")).ExitCode);
        string[] said = outcome.Error.TrimEnd().Split('\n');
        Assert.Equal(
            [
                "headroom: tree/pipe is skipped: it is a named pipe; redirect stdin from it instead.",
                "headroom: tree/socket is skipped: it is a socket.",
                "headroom: tree/sub/pipe is skipped: it is a named pipe; redirect stdin from it instead.",
                "headroom: tree/sub/up is skipped: it is a link to a directory.",
                "headroom: tree/zero is skipped: it is a device.",
                "headroom: cannot read tree/bad\uFFFDname: its name is not UTF-8, or there is no such file or directory.",
                "headroom: cannot read tree/circle: Too many levels of symbolic links",
                "headroom: cannot read tree/dangling: there is no such file or directory.",
                "6 files compressed, 3 failed, 5 skipped.",
            ],
            said);
        Assert.Equal(6, Encoding.UTF8.GetString(_home.Read("report")).TrimEnd().Split('\n').Length);
        Assert.True(_home.Read("out/new\nline\u001b[31m.json").Length > 0);
        Assert.True(_home.Read("out/back\\slash.json").Length > 0);
    }

    [Fact]
    public async Task What_is_skipped_alone_is_no_failure()
    {
        _home.Write("tree/a.json", _home.Read("rows.json"));
        Assert.Equal(0, (await HeadroomProcess.RunRedirectedAsync(_home, "&& mkfifo tree/pipe", "--version")).ExitCode);
        var outcome = await HeadroomProcess.RunRedirectedAsync(_home, "", "compress", "--batch", "tree", "--out", "out", "--report", "report");
        Assert.Equal(0, outcome.ExitCode);
        Assert.EndsWith("1 files compressed, 0 failed, 1 skipped.\n", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "''")]
    [InlineData("a\nb\r\t\u001b[2J\u0085\u202E", @"a\nb\r\t\u{1B}[2J\u{85}\u{202E}")]
    [InlineData("x ä 中 \U0001F600", "x ä 中 \U0001F600")]
    public void A_name_shows_what_a_terminal_would_obey(string name, string shown) => Assert.Equal(shown, Printable.Name(name));

    [Fact]
    public void Half_a_character_is_none() => Assert.Equal("a\uFFFDb", Printable.Name("a\uD800b"));

    [Fact]
    public void A_message_is_one_line_and_keeps_its_spaces() => Assert.Equal(@"a  b c\u{1B}", Printable.Message("a  b\r\n   c\u001b\n"));

    private static string? Complaint(Outcome outcome, string command, string redirections)
    {
        var lines = outcome.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        // A batch that is done but not for all says 1, and so does what asks for an original that is not there.
        var isAllowed = outcome.ExitCode is 0 or 2 || (outcome.ExitCode == 1 && (command.Contains("--batch", StringComparison.Ordinal) || command.StartsWith("retrieve", StringComparison.Ordinal)));
        return !isAllowed || outcome.Error.Contains("unexpected ", StringComparison.Ordinal) ? $"exit code {outcome.ExitCode}: {Shown(outcome.Error)}"
            : lines.Length > 6 ? $"{lines.Length} lines"
            : lines.FirstOrDefault(line => line.StartsWith("   at ", StringComparison.Ordinal) || line.Any(c => char.IsControl(c) || c == '\u202E')) is { } line ? $"a line {Shown(line)}"
            : outcome.ExitCode == 2 && lines.Length == 0 && !redirections.Contains("2>", StringComparison.Ordinal) ? "no word"
            : null;
    }

    private static string Shown(string text) => Printable.Name(text.Length > 300 ? text[..300] : text);

    private async Task MakeAsync()
    {
        _home.Write("directory/a.txt", "A few words.\n"u8);
        _home.Write("empty", []);
        _home.Write("binary", [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))]);
        _home.Write("half-utf8", [(byte)'[', 0xC3, (byte)']']);
        _home.Write("new\nline \u001b[31m.txt", "A few words.\n"u8);
        _home.Write("-leading", "A few words.\n"u8);
        File.CreateSymbolicLink(At("circle"), "circle");
        File.CreateSymbolicLink(At("dangling"), "nowhere");
        File.CreateSymbolicLink(At("to-zero"), "/dev/zero");
        File.CreateSymbolicLink(At("to-pipe"), "pipe");
        using (var huge = File.Create(At("huge")))
        {
            // Nothing of it is on the disk.
            huge.SetLength(3L << 30);
        }

        _socket.Bind(new UnixDomainSocketEndPoint(At("socket")));
        using var mkfifo = Process.Start("mkfifo", [At("pipe")]);
        await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private string At(string name) => Path.Combine(_home.Path, name);
}
