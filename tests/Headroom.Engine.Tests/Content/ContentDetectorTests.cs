using System.Text;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Content;

public sealed class ContentDetectorTests
{
    // What a folder of fixtures holds; a folder that is not there yet has no rows.
    private static readonly Dictionary<string, ContentKind[]> Folders = new(StringComparer.Ordinal)
    {
        ["json"] = [ContentKind.Json],
        ["jsonl"] = [ContentKind.JsonLines],
        ["log"] = [ContentKind.Log, ContentKind.StackTrace],
        ["build"] = [ContentKind.BuildOutput],
        ["search"] = [ContentKind.SearchResults],
        ["diff"] = [ContentKind.Diff],
        ["listing"] = [ContentKind.Listing],
        ["table"] = [ContentKind.DelimitedTable, ContentKind.MarkdownTable, ContentKind.FixedWidthTable],
        ["html"] = [ContentKind.Html],
        ["xml"] = [ContentKind.Xml],
        ["base64"] = [ContentKind.Base64],
        ["mixed"] = [ContentKind.Mixed],
        ["text"] = [ContentKind.Text],
    };

    // A folder says what a file is for, not always what it is.
    private static readonly Dictionary<string, ContentKind> Exceptions = new(StringComparer.Ordinal)
    {
        ["build/git-progress.txt"] = ContentKind.Mixed,
        ["log/apt-term.log"] = ContentKind.BuildOutput,
        ["log/pwsh-concise-view.log"] = ContentKind.Text,
        ["search/grep-l.txt"] = ContentKind.Listing,
        ["table/pwsh-format-list.txt"] = ContentKind.Text,
        ["table/pwsh-get-childitem.txt"] = ContentKind.Listing,
        ["text/cargo-build.log"] = ContentKind.BuildOutput,
        ["text/dotnet-build.log"] = ContentKind.BuildOutput,
        ["text/dpkg-query.csv"] = ContentKind.DelimitedTable,
        ["text/dpkg.log"] = ContentKind.Log,
        ["text/git-grep.txt"] = ContentKind.SearchResults,
        ["text/git-log-color.txt"] = ContentKind.Mixed,
        ["text/git-log-stat.txt"] = ContentKind.Diff,
        ["text/git-ls-files.txt"] = ContentKind.Listing,
        ["text/git-show.diff"] = ContentKind.Diff,
        ["text/git-show-color.txt"] = ContentKind.Diff,
        ["text/ls-l.txt"] = ContentKind.Listing,
        ["text/proc-samples.csv"] = ContentKind.DelimitedTable,
        ["text/python-stat.csv"] = ContentKind.DelimitedTable,
        ["text/source.cs.txt"] = ContentKind.SourceCode,
    };

    public static TheoryData<string> FixtureNames()
    {
        var names = new TheoryData<string>();
        foreach (var folder in Directory.EnumerateDirectories(Fixtures.Root).Select(Path.GetFileName).Order(StringComparer.Ordinal))
        {
            foreach (var fixture in Fixtures.In(folder!).Where(fixture => fixture.Utf8().Length > 0))
            {
                names.Add(fixture.Name);
            }
        }

        return names;
    }

    public static TheoryData<ContentKind, string> Texts() => new()
    {
        { ContentKind.Text, "" },
        { ContentKind.Text, " \n\t\r\n  " },
        { ContentKind.Text, "one line" },
        { ContentKind.Text, "The quick brown fox jumps over the lazy dog. It does so, as ever, without a reason.\nAnd again: without one, or with, or both.\n" },
        { ContentKind.Text, "\0\u0001binary\0" },
        { ContentKind.Text, "services:\n  web:\n    image: nginx:1.27\n    ports:\n      - \"80:80\"\n    environment:\n      - A=1\n  db:\n    image: postgres\n" },
        { ContentKind.Text, "[core]\nrepositoryformatversion = 0\nfilemode = true\n[user]\nname = A Developer\nemail = user@mail.example\n" },
        { ContentKind.Text, "HOME=/home/dev\nLANG=C.UTF-8\nPATH=/usr/bin:/bin\nSHELL=/bin/bash\nTERM=xterm-256color\n" },
        { ContentKind.Text, "On branch main\nChanges not staged for commit:\n  (use \"git add <file>...\" to update what will be committed)\n\tmodified:   src/app.cs\n\nno changes added to commit\n" },
        { ContentKind.Text, "commit 26eb6232ad979e3dfcad57c885badc1c584d5c82\nAuthor: A Developer <user@mail.example>\nDate:   2026-11-22 18:54:39 +0000\n\n    Measure again\n\ncommit 856df22463b163a72f67525e15e6548a7d4cb430\nAuthor: A Developer <user@mail.example>\nDate:   2026-11-22 18:48:17 +0000\n\n    Choose without regard\n" },
        { ContentKind.Text, "LS(1)                User Commands                LS(1)\n\nNAME\n       ls - list directory contents\n\nSYNOPSIS\n       ls [OPTION]... [FILE]...\n\nDESCRIPTION\n       List  information  about  the FILEs (the current directory by default).\n       Sort entries alphabetically.\n" },
        { ContentKind.Text, "# Title\n\nSome words about it, and more of them.\n\n- first, with a comma\n- second, with another\n- third, as well\n\n## Next\n\nAnd so on.\n" },
        { ContentKind.SourceCode, "using System;\n\nnamespace A;\n\npublic class B\n{\n    private readonly int _c = 1;\n\n    public int D(int e, int f)\n    {\n        return e + f + _c;\n    }\n}\n" },
        { ContentKind.SourceCode, "import os\nimport sys\n\ndef main(args):\n    for a in args:\n        print(a, len(a))\n    return 0\n\nif __name__ == '__main__':\n    sys.exit(main(sys.argv[1:]))\n" },
        { ContentKind.Text, "FROM debian:12\nRUN apt-get update\nCOPY . /app\nWORKDIR /app\nENV A=1\nEXPOSE 8080\nENTRYPOINT [\"/app/run\"]\n" },
        { ContentKind.SourceCode, "const rows = [\n  { id: 1, name: 'a', size: 3 },\n  { id: 2, name: 'b', size: 4 },\n  { id: 3, name: 'c', size: 5 },\n];\nexport default rows;\n" },
        { ContentKind.Json, "{\"a\":[1,2,{\"b\":null}],\"c\":\"x\"}" },
        { ContentKind.Json, "  [\n  {\"a\": 1},\n  {\"a\": 2}\n]\n" },
        { ContentKind.Json, "\"a string\"" },
        { ContentKind.JsonLines, "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n" },
        { ContentKind.JsonLines, "{\"a\":1}{\"a\":2}{\"a\":3}" },
        { ContentKind.JsonLines, "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}\n" },
        { ContentKind.DelimitedTable, "id,name,note\n1,Ann,\"a, b\"\n2,Bob,\"says \"\"hi\"\"\"\n3,Cy,\"two\nlines\"\n4,Di,\n" },
        { ContentKind.DelimitedTable, "\"id\",\"name\"\n\"1\",\"Ann\"\n\"2\",\"Bob\"\n\"3\",\"Cy\"\n\"4\",\"Di\"\n\"5\",\"Ed\"\n" },
        { ContentKind.DelimitedTable, "id\tname\n1\tAnn\n2\tBob\n3\tCy\n" },
        { ContentKind.DelimitedTable, "time,cpu,memory\n2025-06-24 10:20:30,12,400\n2025-06-24 10:20:40,13,401\n2025-06-24 10:20:50,11,399\n2025-06-24 10:21:00,12,400\n" },
        { ContentKind.MarkdownTable, "| id | name |\n|---:|---|\n| 1 | Ann |\n| 2 | Bob |\n" },
        { ContentKind.FixedWidthTable, "USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\nroot         1  0.0  0.1 167744 11776 ?        Ss   Jun24   0:03 /sbin/init\nroot         2  0.0  0.0      0     0 ?        S    Jun24   0:00 [kthreadd]\ndev       1402  1.2  2.4 982340 99120 pts/0    Sl+  10:20   1:12 node server.js\ndev       1533  0.0  0.0   9800  3400 pts/1    R+   10:31   0:00 ps aux\n" },
        { ContentKind.FixedWidthTable, "CONTAINER ID   IMAGE          COMMAND                  STATUS          NAMES\n3f2a9c1d0b7e   nginx:1.27     \"/docker-entrypoint.…\"   Up 2 hours      web\n91bc0d2e4f5a   postgres:16    \"docker-entrypoint.s…\"   Up 2 hours      db\n77aa0c1d2e3f   redis:7        \"docker-entrypoint.s…\"   Up 5 minutes    cache\n" },
        { ContentKind.FixedWidthTable, "Name    Status   DisplayName\n----    ------   -----------\nspooler Running  Print Spooler\nw32time Stopped  Windows Time\nwinrm   Running  Windows Remote Management\n" },
        { ContentKind.Log, "2025-06-24 10:20:30,123 INFO app: started {\"port\":80}\n2025-06-24 10:20:31,001 INFO app: request {\"path\":\"/\",\"ms\":12}\n2025-06-24 10:20:32,412 ERROR app: failed {\"path\":\"/x\",\"ms\":9}\n" },
        { ContentKind.Log, "[2025-06-24T10:20:30Z] INFO started\n[2025-06-24T10:20:31Z] WARN slow\n[2025-06-24T10:20:32Z] ERROR broken\n" },
        { ContentKind.Log, "Jun 24 10:20:30 host sshd[12]: Accepted publickey for dev\nJun 24 10:20:31 host sshd[12]: session opened\nJun 24 10:21:30 host cron[40]: (root) CMD (true)\n" },
        { ContentKind.Log, "<34>1 2025-06-24T10:20:30.003Z host su - ID47 - 'su root' failed\n<34>1 2025-06-24T10:20:31.003Z host su - ID47 - 'su root' failed\n<34>1 2025-06-24T10:20:32.003Z host su - ID47 - again\n" },
        { ContentKind.Log, "203.0.113.7 - - [24/Jun/2025:10:20:30 +0200] \"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n203.0.113.8 - dev [24/Jun/2025:10:20:31 +0200] \"GET /a HTTP/1.1\" 404 12 \"-\" \"curl/8\"\n203.0.113.9 - - [24/Jun/2025:10:20:32 +0200] \"POST /b HTTP/1.1\" 500 0 \"-\" \"curl/8\"\n" },
        { ContentKind.Log, "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem sc-status\n2025-06-24 10:20:30 GET / 200\n2025-06-24 10:20:31 GET /a 404\n2025-06-24 10:20:32 POST /b 500\n" },
        { ContentKind.Log, "level=info ts=2025-06-24T10:20:30Z msg=\"started the server\" port=80\nlevel=warn ts=2025-06-24T10:20:31Z msg=slow ms=1200\nlevel=error ts=2025-06-24T10:20:32Z msg=\"no route\" path=/x\n" },
        { ContentKind.Log, "[    0.000000] Linux version 6.1.0\n[    0.004000] Command line: quiet\n[    1.234567] EXT4-fs (sda1): mounted filesystem\n" },
        { ContentKind.BuildOutput, "src/a.c:12:5: error: expected ';' before 'x'\nsrc/a.c:13:1: warning: unused variable 'y' [-Wunused-variable]\nsrc/b.c:4:10: fatal error: z.h: No such file or directory\n" },
        { ContentKind.BuildOutput, "  Determining projects to restore...\n  Restored /home/dev/app/App.csproj (in 120 ms).\n/home/dev/app/A.cs(12,5): error CS1002: ; expected [/home/dev/app/App.csproj]\n\nBuild FAILED.\n" },
        { ContentKind.SearchResults, "src/a.cs:12:    var x = 1;\nsrc/a.cs:40:    return x;\nsrc/b.cs:7:    var y = 2;\n" },
        { ContentKind.SearchResults, "src/a.cs-11-{\nsrc/a.cs:12:    var x = 1;\nsrc/a.cs-13-}\n--\nsrc/b.cs-6-{\nsrc/b.cs:7:    var y = 2;\nsrc/b.cs-8-}\n" },
        { ContentKind.SearchResults, "src/a.cs\n12:    var x = 1;\n40:    return x;\n\nsrc/b.cs\n7:    var y = 2;\n" },
        { ContentKind.Diff, "diff --git a/a b/a\nindex 1234567..89abcde 100644\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n" },
        { ContentKind.Diff, "--- a/a\t2025-06-24\n+++ b/a\t2025-06-24\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n" },
        { ContentKind.Listing, "total 12\n-rw-r--r-- 1 dev dev  120 Jun 24 10:20 a.txt\ndrwxr-xr-x 2 dev dev 4096 Jun 24 10:20 src\n-rwxr-xr-x 1 dev dev  999 Jun 24 10:21 run.sh\n" },
        { ContentKind.Listing, "./src/a.cs\n./src/b.cs\n./src/c/d.cs\n./README.md\n" },
        { ContentKind.Listing, ".\n├── README.md\n├── src\n│   ├── a.cs\n│   └── b.cs\n└── tests\n    └── c.cs\n" },
        { ContentKind.Listing, "    Directory: C:\\app\n\nMode                 LastWriteTime         Length Name\n----                 -------------         ------ ----\nd----          24/06/2025    10:20                src\n-a---          24/06/2025    10:20            120 a.txt\n-a---          24/06/2025    10:21            999 run.ps1\nd----          24/06/2025    10:20                bin\nd----          24/06/2025    10:20                obj\nd----          24/06/2025    10:20                out\n-a---          24/06/2025    10:20            120 b.txt\n-a---          24/06/2025    10:20            120 c.txt\n" },
        { ContentKind.Html, "<!DOCTYPE html>\n<html><head><title>t</title></head><body><p>x</p></body></html>\n" },
        { ContentKind.Html, "<div class=\"a\"><p>x</p></div>" },
        { ContentKind.Xml, "<?xml version=\"1.0\"?>\n<a><b c=\"1\"/></a>\n" },
        { ContentKind.Xml, "<Project Sdk=\"Microsoft.NET.Sdk\">\n  <PropertyGroup />\n</Project>" },
        { ContentKind.SourceCode, "<template>\n  <p>{{ a }}</p>\n</template>\n<script setup>\nconst a = 1\n</script>" },
        { ContentKind.StackTrace, "Unhandled exception. System.InvalidOperationException: broken\n   at App.A.B(Int32 c) in /home/dev/app/A.cs:line 12\n   at App.Program.Main(String[] args) in /home/dev/app/Program.cs:line 3\n" },
        { ContentKind.StackTrace, "Traceback (most recent call last):\n  File \"/home/dev/a.py\", line 3, in <module>\n    main()\n  File \"/home/dev/a.py\", line 2, in main\n    raise ValueError('x')\nValueError: x\n" },
        { ContentKind.StackTrace, "java.lang.IllegalStateException: broken\n\tat com.example.A.b(A.java:12)\n\tat com.example.Main.main(Main.java:3)\nCaused by: java.io.IOException: no\n\tat com.example.C.d(C.java:9)\n\t... 2 more\n" },
        { ContentKind.Mixed, "$ pwd\n/home/dev/app\n$ ls\na.txt\nb.txt\n" },
        { ContentKind.Mixed, "Look at this:\n\n```json\n{\"a\": 1}\n```\n\nThat was it.\n" },
        { ContentKind.Notation, "[log 500 lines: the legend]\nx\n" },
        { ContentKind.Notation, "[list view of 12 lines]\nx\n" },
        { ContentKind.Notation, "[2]{a,b}\n1,2\n3,4\n" },
        { ContentKind.Notation, "[3 of 12]{a,b}\n1,2\n" },
        { ContentKind.Notation, "[9](a{id,name};b{id,price})\na1,x\n" },
        { ContentKind.Notation, "{\"total\":3,\"items\":[3]{id,name}\n1,Ann\n2,Bob\n3,Cy\n}" },
        { ContentKind.Notation, "some lines\n[9 of 12 rows not shown; headroom_retrieve hash=0123456789abcdef01234567]" },
    };

    [Theory]
    [MemberData(nameof(FixtureNames))]
    public void A_fixture_is_of_its_folders_kind(string name)
    {
        var utf8 = Fixtures.Named(name).Utf8();
        var shown = Engine.Compression.Text.DisplayedText.Of(utf8, TestContext.Current.CancellationToken) ?? utf8;
        var kind = ContentDetector.Detect(name.StartsWith("json", StringComparison.Ordinal) ? utf8 : shown);
        if (Exceptions.TryGetValue(name, out var exception))
        {
            Assert.Equal(exception, kind);
        }
        else if (Folders.TryGetValue(name[..name.IndexOf('/')], out var kinds))
        {
            Assert.Contains(kind, kinds);
        }
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_text_is_of_its_kind(ContentKind kind, string text) => Assert.Equal(kind, Detect(text));

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_final_line_feed_a_byte_order_mark_and_other_line_ends_change_nothing(ContentKind kind, string text)
    {
        Assert.Equal(kind, Detect(text + "\n"));
        Assert.Equal(kind, Detect("\uFEFF" + text));
        if (kind != ContentKind.Notation)
        {
            Assert.Equal(kind, Detect(text.ReplaceLineEndings("\r\n")));
        }
    }

    [Theory]
    [MemberData(nameof(FixtureNames))]
    public void A_text_written_many_times_is_of_the_same_kind(string name)
    {
        var utf8 = Fixtures.Named(name).Utf8();
        var kind = ContentDetector.Detect(utf8);

        // Two documents are another kind than one, and a form has one header.
        if (kind is ContentKind.Log or ContentKind.SearchResults or ContentKind.Listing or ContentKind.Diff or ContentKind.SourceCode && utf8[^1] == '\n')
        {
            Assert.Equal(kind, ContentDetector.Detect([.. Enumerable.Repeat(utf8, 5).SelectMany(copy => copy)]));
        }
    }

    [Fact]
    public void Minified_code_is_no_json()
    {
        var script = "!function(e,t){\"object\"==typeof exports?module.exports=t():e.x=t()}(this,(function(){return{a:1}}));".Replace("x", "y", StringComparison.Ordinal);
        Assert.NotEqual(ContentKind.Json, Detect(string.Concat(Enumerable.Repeat(script, 50))));
        Assert.Contains(Detect("{" + script + "}"), (ContentKind[])[ContentKind.Text, ContentKind.SourceCode]);
    }

    [Fact]
    public void Base64_is_told_from_words_and_digits()
    {
        var bytes = new byte[600];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)(i * i * 31 + (i >> 3));
        }

        var text = Convert.ToBase64String(bytes);
        Assert.Equal(ContentKind.Base64, Detect(text));
        Assert.Equal(ContentKind.Base64, Detect(Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks)));
        Assert.Equal(ContentKind.Base64, Detect("data:image/png;base64," + text));
        Assert.Equal(ContentKind.Text, Detect(Convert.ToHexString(bytes)));
        Assert.Equal(ContentKind.Text, Detect(new string('a', 500)));
    }

    [Fact]
    public void Bytes_that_are_no_utf8_are_text_or_what_their_lines_are()
    {
        var log = Encoding.Latin1.GetBytes("2025-06-24 10:20:30 INFO gestartet für alle\n2025-06-24 10:20:31 WARN größer\n2025-06-24 10:20:32 INFO ende\n");
        Assert.Equal(ContentKind.Log, ContentDetector.Detect(log));
        Assert.Equal(ContentKind.Text, ContentDetector.Detect(Encoding.Unicode.GetBytes("2025-06-24 10:20:30 INFO a\n2025-06-24 10:20:31 INFO b\n")));
    }

    [Property(MaxTest = 2_000)]
    public void Any_bytes_have_a_kind(byte[] bytes)
    {
        var kind = ContentDetector.Detect(bytes);
        Assert.True(Enum.IsDefined(kind));
        Assert.Equal(kind, ContentDetector.Detect(bytes.ToArray()));
    }

    [Property(MaxTest = 1_000)]
    public void Any_lines_of_any_texts_have_a_kind(int seed)
    {
        var random = new SeededRandom((ulong)seed);
        var lines = Texts().SelectMany(row => row.Data.Item2.Split('\n')).ToArray();
        var text = string.Join('\n', Enumerable.Range(0, 1 + (int)(random.NextUInt64() % 60)).Select(_ => lines[random.NextUInt64() % (ulong)lines.Length]));
        Assert.True(Enum.IsDefined(Detect(text)));
    }

    private static ContentKind Detect(string text) => ContentDetector.Detect(Encoding.UTF8.GetBytes(text));
}
