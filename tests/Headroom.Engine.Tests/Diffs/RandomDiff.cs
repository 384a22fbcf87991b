using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Headroom.Engine.Tests.Diffs;

/// <summary>Texts made of the lines of diffs: some whole, some damaged, some with lines of our own forms among them.</summary>
public sealed record RandomDiff(byte[] Utf8)
{
    private static readonly Gen<string> Hash = Gen.Elements("0000000", "1a2b3c4", "89abcdef01", "e69de29");
    private static readonly Gen<string> Path = Gen.Elements("src/a.cs", "b.txt", "docs/with space.md", "-dash", "package-lock.json", "\"quoted\\303\\244\"", "x", "src/a b/b.cs", "new", "renamed");
    private static readonly Gen<string> Mode = Gen.Elements("100644", "100755", "120000");

    private static readonly Gen<string> Header = Gen.OneOf(
        from p in Path from a in Hash from b in Hash from m in Mode select $"diff --git a/{p} b/{p}\nindex {a}..{b} {m}\n--- a/{p}\n+++ b/{p}\n",
        from p in Path from a in Hash from b in Hash select $"diff --git a/{p} b/{p}\nindex {a}..{b}\n--- a/{p}\n+++ b/{p}\n",
        from p in Path from a in Hash from m in Mode select $"diff --git a/{p} b/{p}\nnew file mode {m}\nindex 0000000..{a}\n--- /dev/null\n+++ b/{p}\n",
        from p in Path from a in Hash from m in Mode select $"diff --git a/{p} b/{p}\ndeleted file mode {m}\nindex {a}..0000000\n--- a/{p}\n+++ /dev/null\n",
        from p in Path from q in Path from a in Hash from b in Hash select $"diff --git a/{q} b/{p}\nsimilarity index 95%\nrename from {q}\nrename to {p}\nindex {a}..{b} 100644\n--- a/{q}\n+++ b/{p}\n",
        from p in Path from q in Path select $"diff --git a/{q} b/{p}\nsimilarity index 100%\ncopy from {q}\ncopy to {p}\n",
        from p in Path select $"diff --git a/{p} b/{p}\nold mode 100644\nnew mode 100755\n",
        from p in Path from a in Hash from b in Hash select $"diff --git a/{p} b/{p}\nindex {a}..{b} 100644\nBinary files a/{p} and b/{p} differ\n",
        from p in Path from a in Hash from b in Hash select $"diff --git a/{p} b/{p}\nindex {a}..{b} 100644\nGIT binary patch\nliteral 3\nKcmZQzWMT\n\nliteral 0\nHcmV?d00001\n\n",
        from p in Path from q in Path select $"diff -ru old/{p} new/{q}\n--- old/{p}\t2026-01-01 10:00:00.000000000 +0000\n+++ new/{q}\t2026-01-02 10:00:00.000000000 +0000\n",
        from p in Path select $"--- {p}\t2026-01-01\n+++ {p}\t2026-01-02\n",
        from p in Path select $"Index: {p}\n===================================================================\n--- {p}\t(revision 1)\n+++ {p}\t(working copy)\n",
        from p in Path select $"diff --cc {p}\nindex 1111111,2222222..3333333\n--- a/{p}\n+++ b/{p}\n",
        from p in Path select $"Only in old: {p}\n");

    private static readonly Gen<string> Content = Gen.Elements(
        "", " ", "x", "int a = 1;", "-- a/x", "++ b/x", "diff x 1..2", "diff --git a/x b/x", "@@ +3", "@@ -1 +1 @@", "\t", "é", "x\r", "\\ No newline", "[1 lines not shown]", "commit 1111111");

    private static readonly Gen<string> Line = from sign in Gen.Elements(" ", "+", "-") from content in Content select sign + content;

    private static readonly Gen<string> Hunk =
        from lines in Line.NonEmptyListOf()
        from start in Gen.Choose(0, 12)
        from shift in Gen.Elements(0, 0, 0, 1, 7)
        from heading in Gen.Elements("", "", " class A", " @@", "!", " ")
        from end in Gen.Elements("", "", "", "\\ No newline at end of file\n")
        from wrong in Gen.Elements(0, 0, 0, 0, 1)
        select Write([.. lines], start, shift, heading, end, wrong);

    private static readonly Gen<string> Text = Gen.Elements(
        "commit 1111111111111111111111111111111111111111\nAuthor: A <a@mail.example>\n\n    Message\n\n", " a.cs | 2 +-\n", "---\n", "-- \n2.43.0\n", "\n", " \n", "+\n",
        "diff x 1a..2b\n", "diff x\n", "diff -u a\tb\tc\n", "@@ +3 foo\n", "@@ +\n", "@@ -1 +1 @@\n", "@@@ -1 -1 +1 @@@\n+-x\n", "[diff 3 lines: x]\n", "Binary files a and b differ\n", "--- a\n", "+++ b\n");

    private static readonly Gen<string> File = from header in Header from hunks in Hunk.ListOf() select header + string.Concat(hunks);

    public static Arbitrary<RandomDiff> Generate() =>
        (from parts in Gen.Frequency((5, File), (2, Text), (1, Hunk), (1, Header)).ListOf()
         from isCrLf in Gen.Elements(false, false, true)
         from cut in Gen.Elements(0, 0, 0, 1, 2, 9)
         select Write(string.Concat(parts), isCrLf, cut)).ToArbitrary();

    public override string ToString() => Encoding.UTF8.GetString(Utf8).Replace("\r", "<CR>", StringComparison.Ordinal);

    private static string Write(string[] lines, int start, int shift, string heading, string end, int wrong)
    {
        var (old, now) = (lines.Count(line => line[0] is ' ' or '-') + wrong, lines.Count(line => line[0] is ' ' or '+'));
        return $"@@ -{start}{(old == 1 ? "" : $",{old}")} +{start + shift}{(now == 1 ? "" : $",{now}")} @@{heading}\n{string.Join('\n', lines)}\n{end}";
    }

    private static RandomDiff Write(string text, bool isCrLf, int cut)
    {
        text = isCrLf ? text.Replace("\n", "\r\n", StringComparison.Ordinal) : text;
        return new RandomDiff(Encoding.UTF8.GetBytes(text[..Math.Max(0, text.Length - cut)]));
    }
}
