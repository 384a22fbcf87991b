namespace Headroom.Engine.Content;

/// <summary>Tells the kind of a single line. Looks at its first bytes and its last, whatever its length.</summary>
internal static class LineGrammar
{
    private const int Looked = 512;
    private const int DateBytes = 10;

    private static readonly Beginnings CodeBeginnings = new(
        "import ", "using ", "from ", "def ", "class ", "public ", "private ", "protected ", "internal ", "static ", "func ", "fn ", "pub ", "impl ", "const ", "let ", "var ",
        "return", "if (", "if ", "else", "for (", "for ", "foreach", "while ", "switch ", "case ", "try", "catch", "#include", "#define", "#if", "#endif", "#pragma", "//", "/*", "* ", "*/",
        "#!", "package ", "namespace ", "struct ", "enum ", "interface ", "type ", "export ", "module ", "async ", "await ", "throw ", "raise ", "@", "function ", "param(", "[Parameter",
        "[CmdletBinding", "$", "elif ", "with ", "except", "finally", "break", "continue", "yield ", "self.", "this.", "new ", "end", "begin", "SELECT ", "INSERT ", "CREATE ", "UPDATE ",
        "RUN ", "COPY ", "FROM ", "ENV ", "WORKDIR ", "CMD ", "ENTRYPOINT ", "ARG ", "ADD ", "EXPOSE ", "# ", "mod ", "use ", "match ", "void ", "int ", "char ", "bool ", "string ", "double ");

    private static readonly Beginnings Levels = new(
        "TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "FATAL", "CRITICAL", "SEVERE", "VERBOSE", "INFORMATION", "trce", "dbug", "info", "warn", "fail", "crit",
        "debug", "error", "warning", "trace", "DBG", "INF", "WRN", "ERR", "FTL", "VRB", "Info", "Warning", "Error", "Debug");

    /// <summary>The kind of a line.</summary>
    /// <param name="line">With or without its end.</param>
    public static LineKind Classify(ReadOnlySpan<byte> line)
    {
        line = line.TrimEnd("\r\n \t"u8);
        var text = line.TrimStart(" \t"u8);
        if (text.IsEmpty)
        {
            return LineKind.Blank;
        }

        var indent = line.Length - text.Length;
        var head = text[..Math.Min(text.Length, Looked)];
        switch (head[0])
        {
            case (byte)'{' or (byte)'[' when text[^1] is (byte)'}' or (byte)']':
                // Programs that print JSON themselves get it wrong now and then.
                if (text.Length > 2 && (text.StartsWith("{\""u8) || (JsonScan.Scan(text, out var end) == JsonScanResult.Closed && end == text.Length)))
                {
                    return LineKind.Json;
                }

                break;
            case (byte)'|' when MarkdownRow.IsRow(text):
                return LineKind.Bar;
            case (byte)'|' or (byte)'`' or (byte)'+' or 0xE2 when IsBranch(head):
                return LineKind.Branch;
            case (byte)'`' or (byte)'~' when indent < 4 && (head.StartsWith("```"u8) || head.StartsWith("~~~"u8)):
                return LineKind.Fence;
            case (byte)'<' when text[^1] == (byte)'>' && head.Length > 2 && (char.IsAsciiLetter((char)head[1]) || head[1] is (byte)'/' or (byte)'!' or (byte)'?'):
                return LineKind.Markup;
        }

        if (indent == 0 ? IsDiffHeader(head) : indent == 1 && IsDiffCount(head))
        {
            return LineKind.DiffHeader;
        }

        if (IsFileRow(head) || (indent < 2 && IsStatus(line)))
        {
            return LineKind.FileRow;
        }

        if (indent == 0 && IsPrompt(head))
        {
            return LineKind.Prompt;
        }

        if (indent == 0 && head[0] is (byte)'+' or (byte)'-' && head is not [_, (byte)' ', ..]
            && head.IndexOfAnyExcept(head[0]) >= 0 && !BuildSigns.IsIn(head))
        {
            return LineKind.DiffBody;
        }

        if (IsFrame(head, indent))
        {
            return LineKind.Frame;
        }

        if (indent < 3 && IsLog(head))
        {
            return LineKind.Log;
        }

        if (BuildSigns.IsDiagnostic(head))
        {
            return LineKind.Build;
        }

        if (indent < 3 && IsSearch(head))
        {
            return LineKind.Search;
        }

        if (BuildSigns.IsIn(head))
        {
            return LineKind.Build;
        }

        var number = head.IndexOfAnyExcept(ByteSets.Digits);
        if (number is > 0 and < 8 && indent == 0 && head[number] is (byte)':' or (byte)'-')
        {
            return LineKind.NumberedLine;
        }

        if (IsCode(text, indent))
        {
            return LineKind.Code;
        }

        return IsPath(text) ? LineKind.Path : text.Length < 100 && !text.ContainsAnyExcept(ByteSets.EndingBytes) ? LineKind.Name : LineKind.Plain;
    }

    /// <summary>The line is the name of a file or folder: no blanks but in folders, no sentence.</summary>
    public static bool IsPath(ReadOnlySpan<byte> line)
    {
        if (line.Length is < 2 or > 400 || line.IndexOfAny(ByteSets.NotInPaths) >= 0 || line.IndexOf("://"u8) >= 0)
        {
            return false;
        }

        var colon = line.IndexOf((byte)':');
        if (colon >= 0 && colon != line.Length - 1 && !(colon == 1 && line.Length > 2 && line[2] is (byte)'\\' or (byte)'/'))
        {
            return false;
        }

        var slash = line.IndexOfAny((byte)'/', (byte)'\\');
        var blank = line.IndexOf((byte)' ');
        if (slash >= 0)
        {
            return blank < 0 || (slash < blank && line.LastIndexOf((byte)' ') < line.LastIndexOfAny((byte)'/', (byte)'\\') + 40 && !line[blank..].StartsWith(" -"u8));
        }

        // A name alone needs an ending: README.md.
        var dot = line.LastIndexOf((byte)'.');
        return blank < 0 && dot >= 0 && dot < line.Length - 1 && line.Length - dot <= 12 && !char.IsAsciiDigit((char)line[0])
            && !line[(dot + 1)..].ContainsAnyExcept(ByteSets.EndingBytes);
    }

    private static bool IsDiffHeader(ReadOnlySpan<byte> line) => line[0] switch
    {
        (byte)'d' => line.StartsWith("diff --"u8) || line.StartsWith("diff -"u8) || line.StartsWith("deleted file mode "u8),
        (byte)'-' => line.StartsWith("--- "u8) && !BuildSigns.IsIn(line) && line[^1] != (byte)'-',
        (byte)'+' => line.StartsWith("+++ "u8),
        (byte)'@' => line.StartsWith("@@ -"u8) || line.StartsWith("@@@ -"u8),
        (byte)'i' => line.StartsWith("index "u8) && line.IndexOf(".."u8) > 6,
        (byte)'c' => line.StartsWith("commit "u8) && line.Length >= 47 && !line[7..47].ContainsAnyExcept(ByteSets.HexDigits),
        (byte)'I' => line.StartsWith("Index: "u8),
        (byte)'B' => line.StartsWith("Binary files "u8) && line.EndsWith(" differ"u8),
        (byte)'O' => line.StartsWith("Only in "u8) && line.IndexOf(": "u8) > 0,
        (byte)'n' => line.StartsWith("new file mode "u8),
        (byte)'s' => line.StartsWith("similarity index "u8),
        (byte)'r' => line.StartsWith("rename from "u8) || line.StartsWith("rename to "u8),
        _ => false,
    };

    // " src/app.cs | 12 +++---" of git's --stat
    private static bool IsDiffCount(ReadOnlySpan<byte> line)
    {
        if (line.LastIndexOf(" | "u8) is not (> 0 and var bar))
        {
            return false;
        }

        var rest = line[(bar + 3)..].TrimStart((byte)' ');
        var digits = rest.IndexOfAnyExcept(ByteSets.Digits);
        return digits < 0 ? rest.Length > 0 : digits == 0 ? rest.StartsWith("Bin "u8) : rest[digits] == (byte)' ' && rest[(digits + 1)..].IndexOfAnyExcept((byte)'+', (byte)'-') < 0;
    }

    private static bool IsPrompt(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("$ "u8) || line.StartsWith("❯ "u8) || line.StartsWith("PS> "u8))
        {
            return line.Length > 3;
        }

        if (line.StartsWith("PS "u8) && line.IndexOf("> "u8) is > 3 and var angle)
        {
            return line[3] is (byte)'/' or (byte)'~' || (angle > 5 && line[4] == (byte)':');
        }

        // dev@host:~/app$ make
        var at = line.IndexOf((byte)'@');
        var end = line.IndexOfAny("$#"u8);
        return at is > 0 and < 40 && end > at && end < line.Length - 2 && line[end + 1] == (byte)' ' && line[at..end].IndexOf((byte)':') > 0 && line[..end].IndexOf((byte)' ') < 0;
    }

    // " M src/app.cs", "?? notes.txt", "R  a.cs -> b.cs" of git status --short
    private static bool IsStatus(ReadOnlySpan<byte> line) =>
        ListingLine.IsStatus(line) && (line.IndexOf(" -> "u8) is > 3 and var arrow ? IsPath(line[3..arrow]) : IsPath(line[3..]));

    private static bool IsFileRow(ReadOnlySpan<byte> line)
    {
        // total 48
        if (line.StartsWith("total "u8))
        {
            return !line[6..].ContainsAnyExcept(ByteSets.SizeBytes);
        }

        if (line.StartsWith("Directory: "u8) || (line.StartsWith("Mode "u8) && line.IndexOf(" LastWriteTime "u8) > 0))
        {
            return true;
        }

        // 4.0K\tsrc/app.cs of du
        if (ListingLine.IsUsage(line))
        {
            var path = line[(line.IndexOf((byte)'\t') + 1)..];
            return path[0] == (byte)'.' || IsPath(path);
        }

        if (ListingLine.IsLongRow(line))
        {
            return true;
        }

        // -a---  24/06/2025 10:20: words of five letters are in prose too.
        if (ListingLine.IsChildItem(line))
        {
            return line[line.IndexOf((byte)' ')..].TrimStart((byte)' ') is [>= (byte)'0' and <= (byte)'9', ..];
        }

        // 06/24/2025  10:20 AM    <DIR>          bin
        return line.IndexOf(" <DIR> "u8) > 0 && Timestamp.LengthAt(line) > 0;
    }

    private static bool IsBranch(ReadOnlySpan<byte> line) =>
        ListingLine.IsBranch(line) || line.StartsWith("├"u8) || line.StartsWith("└"u8) || (line.StartsWith("│"u8) && (line.IndexOf("├"u8) > 0 || line.IndexOf("└"u8) > 0))
        || line.StartsWith("+--"u8) || line.StartsWith("\\--"u8) || (line.StartsWith("|  "u8) && (line.IndexOf("+--"u8) > 0 || line.IndexOf("\\--"u8) > 0));

    private static bool IsFrame(ReadOnlySpan<byte> line, int indent) =>
        (indent > 0 && line.StartsWith("at "u8) && (line.IndexOf((byte)'(') > 0 || line.IndexOf(":line "u8) > 0 || (line.LastIndexOf((byte)':') is > 3 and var colon
            && line[(colon + 1)..].IndexOfAnyExcept(ByteSets.Digits) is -1 or 0)))
        || (indent > 0 && line.StartsWith("File \""u8) && line.IndexOf(", line "u8) > 0)
        || line.StartsWith("Traceback (most recent call last)"u8)
        || line.StartsWith("Unhandled exception"u8) || line.StartsWith("Exception in thread "u8) || line.StartsWith("Caused by: "u8)
        || (line.StartsWith("--- End of "u8) && line.IndexOf("stack trace"u8) > 0)
        || (line.StartsWith("---> "u8) && line.IndexOf("Exception"u8) > 0)
        || (line.StartsWith("... "u8) && (line.EndsWith(" more"u8) || line.EndsWith("common frames omitted"u8)))
        || (line.StartsWith("goroutine "u8) && line.EndsWith("]:"u8))
        || (indent > 0 && line.IndexOf(".go:"u8) > 0 && line.IndexOf(" +0x"u8) > 0)
        || (line[0] == (byte)'#' && line.Length > 4 && line[1..].IndexOfAnyExcept(ByteSets.Digits) is > 0 and var digits && line[(digits + 1)..].TrimStart((byte)' ').StartsWith("0x"u8));

    private static bool IsLog(ReadOnlySpan<byte> line)
    {
        var rest = line;
        if (line[0] == (byte)'<' && line[1..].IndexOfAnyExcept(ByteSets.Digits) is > 0 and < 4 and var priority && line[priority + 1] == (byte)'>')
        {
            // Syslog's priority; RFC 5424 has its version after it.
            rest = line[(priority + 2)..];
            rest = rest.StartsWith("1 "u8) ? rest[2..] : rest;
        }

        if (rest.IsEmpty)
        {
            return false;
        }

        if (rest[0] is (byte)'[' or (byte)'(')
        {
            var inner = rest[1..];
            if (Timestamp.LengthAt(inner) > 0 || IsLevel(inner, out _) || IsUptime(inner))
            {
                return true;
            }
        }
        else if (Timestamp.LengthAt(rest) is > 0 and var time)
        {
            return time < rest.Length && rest[time] is (byte)' ' or (byte)'\t' or (byte)']' or (byte)':' or (byte)'|' or (byte)',' or (byte)'-' or (byte)';';
        }

        return (IsLevel(rest, out var level) && !rest.StartsWith("ERROR: test"u8) && level < rest.Length && rest[level] is (byte)':' or (byte)' ' or (byte)'[' or (byte)'|' && IsMessage(rest, level))
            || IsTimeAfterName(rest) || IsAccess(rest) || IsPairs(rest) || IsKlog(rest) || rest.StartsWith("#Fields: "u8) || rest.StartsWith("#Software: "u8);
    }

    // web-1  | 2025-06-24T10:20:30Z text, 18232 19:47:12.661597 text, update-alternatives 2025-06-24 14:36:53: text
    private static bool IsTimeAfterName(ReadOnlySpan<byte> line)
    {
        var blank = line.IndexOf((byte)' ');
        var rest = blank is > 0 and < 40 && line[..(blank - 1)].IndexOf((byte)':') < 0 ? line[blank..].TrimStart(" |"u8) : default;
        if (blank > DateBytes && Timestamp.LengthAt(line[(blank - DateBytes)..]) > 0)
        {
            // The name ends with the date: app.log-12-2025-06-24 10:20:30 is a line of a search.
            return false;
        }

        return Timestamp.LengthAt(rest) is >= 8 and var time && time < rest.Length && rest[time] is (byte)' ' or (byte)':';
    }

    // ERROR: text, INFO  [main] text, fail: App[0]; but not "error: text" of a compiler nor "Error handling is hard".
    private static bool IsMessage(ReadOnlySpan<byte> line, int level)
    {
        if (char.IsAsciiLetterUpper((char)line[1]) || line[level] is (byte)'[' or (byte)'|')
        {
            return true;
        }

        return level == 4 && line[level] == (byte)':' && line[^1] == (byte)']';
    }

    private static bool IsLevel(ReadOnlySpan<byte> line, out int length)
    {
        length = line.IndexOfAnyExcept(ByteSets.Letters);
        length = length < 0 ? line.Length : length;
        if (length is < 3 or > 11)
        {
            return false;
        }

        return Levels.LengthAt(line[..length]) == length;
    }

    // [   12.345678] text
    private static bool IsUptime(ReadOnlySpan<byte> line)
    {
        var number = line.TrimStart((byte)' ');
        var end = number.IndexOf((byte)']');
        return end is > 3 and < 20 && number[..end].IndexOf((byte)'.') > 0 && !number[..end].ContainsAnyExcept(ByteSets.DecimalBytes);
    }

    // 203.0.113.7 - - [24/Jun/2025:10:20:30 +0200] "GET / HTTP/1.1" 200 512
    private static bool IsAccess(ReadOnlySpan<byte> line)
    {
        var blank = line.IndexOf((byte)' ');
        var bracket = line.IndexOf((byte)'[');
        return blank is > 1 and < 60 && bracket > blank && bracket < 200 && bracket + 1 < line.Length
            && Timestamp.LengthAt(line[(bracket + 1)..]) > 0 && line[bracket..].IndexOf("] \""u8) > 0;
    }

    // level=info ts=2025-06-24T10:20:30Z msg="started"
    private static bool IsPairs(ReadOnlySpan<byte> line)
    {
        var pairs = 0;
        for (var rest = line; ;)
        {
            var key = rest.IndexOfAnyExcept(ByteSets.KeyBytes);
            if (key <= 0 || rest[key] != (byte)'=' || key + 1 >= rest.Length || char.IsAsciiDigit((char)rest[0]))
            {
                return pairs >= 3;
            }

            pairs++;
            rest = rest[(key + 1)..];
            var end = rest[0] == (byte)'"' ? rest[1..].IndexOf((byte)'"') + 2 : rest.IndexOf((byte)' ');
            if (end <= 1 && rest[0] == (byte)'"' || end < 0 || end + 1 >= rest.Length)
            {
                return pairs >= 3;
            }

            rest = rest[end..].TrimStart((byte)' ');
            if (rest.IsEmpty)
            {
                return pairs >= 3;
            }
        }
    }

    // E0624 10:20:30.123456       1 main.go:12] text
    private static bool IsKlog(ReadOnlySpan<byte> line) =>
        line.Length > 20 && line[0] is (byte)'I' or (byte)'W' or (byte)'E' or (byte)'F' && line[1..].IndexOfAnyExcept(ByteSets.Digits) == 4 && line[5] == (byte)' '
        && Timestamp.LengthAt(line[6..]) > 7;

    private static bool IsSearch(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("> "u8))
        {
            // Select-String -Context marks what it found.
            line = line[2..];
        }

        if (line.StartsWith("Binary file "u8))
        {
            return line.EndsWith(" matches"u8);
        }

        // A path has no colon but a drive's, so what is before a reading ends at the first.
        var drive = line.Length > 2 && line[1] == (byte)':' && line[2] is (byte)'\\' or (byte)'/' ? 2 : 0;
        var colon = line[drive..].IndexOf((byte)':') is >= 0 and var first ? drive + first : line.Length;
        for (var from = 1; SearchLine.TryParse(line, from, out var reading) && reading.PathLength <= colon; from = reading.PathLength + 1)
        {
            if (IsSearchedPath(line[..reading.PathLength]))
            {
                return true;
            }
        }

        if (colon == line.Length)
        {
            return false;
        }

        // grep without numbers, and with counts only.
        var path = line[..colon];
        var digits = line[(colon + 1)..].IndexOfAnyExcept(ByteSets.Digits);
        return (digits < 0 && colon + 1 < line.Length && IsSearchedPath(path)) || ((digits != 0 || line[colon + 1] != (byte)':') && IsSourcePath(path));
    }

    // src/app/main.cs: with a folder and an ending, nothing that begins a sentence.
    private static bool IsSourcePath(ReadOnlySpan<byte> path) =>
        path.LastIndexOf((byte)'/') is > 0 and var slash && path[slash..].IndexOf((byte)'.') is > 0 and var dot && slash + dot + 1 < path.Length
        && path.IndexOf((byte)' ') < 0 && path.IndexOfAny(ByteSets.NotInPaths) < 0 && path[0] != (byte)'/';

    private static bool IsSearchedPath(ReadOnlySpan<byte> path)
    {
        if (path.IndexOfAny(ByteSets.NotInPaths) >= 0 || path.IndexOf((byte)' ') is var blank && blank >= 0 && path.IndexOfAny((byte)'/', (byte)'\\') is var slash && (slash < 0 || slash > blank))
        {
            return false;
        }

        return path.IndexOfAny((byte)'/', (byte)'\\') >= 0 || path.LastIndexOf((byte)'.') is > 0 and var dot && char.IsAsciiLetter((char)path[Math.Min(dot + 1, path.Length - 1)])
            || path is [(>= (byte)'A' and <= (byte)'Z') or (>= (byte)'a' and <= (byte)'z'), ..] && !path.ContainsAnyExcept(ByteSets.WordBytes) && path.Length is > 3 and < 30;
    }

    private static bool IsCode(ReadOnlySpan<byte> line, int indent)
    {
        if (char.IsAsciiDigit((char)line[0]))
        {
            return false;
        }

        switch (line[^1])
        {
            case (byte)';' or (byte)'{' or (byte)'}':
                return true;
            case (byte)')' or (byte)']' or (byte)'(' or (byte)',' when line.Length < 4:
                return true;
            case (byte)')' or (byte)'(' or (byte)',' when line.IndexOfAny("(="u8) >= 0 && indent > 0:
                return true;
        }

        if (!char.IsAsciiLetter((char)line[0]) || indent > 0 || line.IndexOfAny(ByteSets.CodeBytes) >= 0)
        {
            if (CodeBeginnings.LengthAt(line) > 0)
            {
                return true;
            }
        }

        return line.IndexOf(" = "u8) > 0 && indent > 0 || line.IndexOf(" => "u8) > 0 || line.IndexOf("):"u8) > 0 || line.IndexOf("();"u8) > 0;
    }
}
