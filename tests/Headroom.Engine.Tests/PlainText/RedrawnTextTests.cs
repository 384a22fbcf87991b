using System.Text;
using Headroom.Engine.Compression.Text;
using Headroom.Engine.Fidelity;
using Headroom.TestData;

namespace Headroom.Engine.Tests.PlainText;

public sealed class RedrawnTextTests
{
    [Theory]
    // What progress looks like: git, curl, curl -#, wget, dd, rsync, pv, ffmpeg, tqdm, pip, apt, cargo, ninja, npm, dotnet, docker, mkfs, a shell.
    [InlineData("Receiving objects:  50% (1/2)\rReceiving objects: 100% (2/2), 1.20 MiB | 3.4 MiB/s, done.\n", "Receiving objects: 100% (2/2), 1.20 MiB | 3.4 MiB/s, done.\n")]
    [InlineData("remote: Counting objects:   7% (29/402)\u001b[K\rremote: Counting objects: 100% (402/402), done.\u001b[K\r\n", "remote: Counting objects: 100% (402/402), done.\r\n")]
    [InlineData("\r  0     0    0     0 --:--:-- --:--:-- --:--:--     0\r100 19.0M  100 19.0M  0:00:01  0:00:01 --:--:-- 14.3M\r\n", "100 19.0M  100 19.0M  0:00:01  0:00:01 --:--:-- 14.3M\r\n")]
    [InlineData("\r#####                 36.7%\r##################### 100.0%\n", "##################### 100.0%\n")]
    [InlineData("\rdebian-12.iso   0%[        ]       0  --.-KB/s     \rdebian-12.iso 100%[=======>]  19.07M  10.0MB/s  in 1.9s  \n", "debian-12.iso 100%[=======>]  19.07M  10.0MB/s  in 1.9s\n")]
    [InlineData("\r23993516032 bytes (24 GB, 22 GiB) copied, 1 s, 24.0 GB/s\r47734325248 bytes (48 GB, 44 GiB) copied, 2 s, 23.9 GB/s\n", "47734325248 bytes (48 GB, 44 GiB) copied, 2 s, 23.9 GB/s\n")]
    [InlineData("\r         32,768   0%    0.00kB/s    0:00:00  \r      1,048,576 100%   12.34MB/s    0:00:00 (xfr#1, to-chk=0/1)\n", "      1,048,576 100%   12.34MB/s    0:00:00 (xfr#1, to-chk=0/1)\n")]
    [InlineData("\r1.00GiB 0:00:01 [1.00GiB/s] [==>       ] 25% ETA 0:00:03\r4.00GiB 0:00:04 [1.00GiB/s] [========>] 100%            \n", "4.00GiB 0:00:04 [1.00GiB/s] [========>] 100%\n")]
    [InlineData("frame=  100 fps= 25 q=28.0 size=     256kB time=00:00:04.00 bitrate= 524.3kbits/s speed=1.0x    \rframe=  200 fps= 25 q=28.0 size=     512kB time=00:00:08.00 bitrate= 524.3kbits/s speed=1.0x    \n", "frame=  200 fps= 25 q=28.0 size=     512kB time=00:00:08.00 bitrate= 524.3kbits/s speed=1.0x\n")]
    [InlineData("\r  0%|          | 0/100 [00:00<?, ?it/s]\r100%|██████████| 100/100 [00:10<00:00,  9.98it/s]\n", "100%|██████████| 100/100 [00:10<00:00,  9.98it/s]\n")]
    [InlineData("\r\u001b[2K   ━━━━━━━━━━━━ 10.2/50.1 MB 9.8 MB/s eta 0:00:05\r\u001b[2K   ━━━━━━━━━━━━ 50.1/50.1 MB 9.8 MB/s eta 0:00:00\n", "   ━━━━━━━━━━━━ 50.1/50.1 MB 9.8 MB/s eta 0:00:00\n")]
    [InlineData("Reading package lists... 0%\rReading package lists... 100%\rReading package lists... Done\n", "Reading package lists... Done\n")]
    [InlineData("(Reading database ... \r(Reading database ... 5%\r(Reading database ... 142729 files and directories currently installed.)\n", "(Reading database ... 142729 files and directories currently installed.)\n")]
    [InlineData("    Building [=====>       ] 10/40: serde, syn   \r\u001b[K    Finished in 1.58s\n", "    Finished in 1.58s\n")]
    [InlineData("\r[0/5] TOUCH a3long\u001b[K\r[1/5] TOUCH a1\u001b[K\n", "[1/5] TOUCH a1\n")]
    [InlineData("⠋ install\u001b[1G\u001b[0K⠙ install\u001b[1G\u001b[0Kadded 2 packages\n", "added 2 packages\n")]
    [InlineData("  app (0.1s)\n\u001b[1F\u001b[2K  app (0.2s)\n\u001b[1F\u001b[J  app succeeded\n", "  app succeeded\n")]
    [InlineData("a: Waiting\nb: Waiting\n\u001b[2A\u001b[2K\ra: Pulling [=>  ]\u001b[2B\r\u001b[1A\u001b[2K\rb: Done\u001b[1B\r", "a: Pulling [=>  ]\nb: Done\n")]
    [InlineData("Writing inode tables:  0/40\b\b\b\b\b 1/40\b\b\b\b\bdone \n", "Writing inode tables: done\n")]
    [InlineData("waiting |\b/\b-\b\\\b \b\n", "waiting\n")]
    [InlineData("Loading |\rLoading /\rLoading -\n", "Loading -\n")]
    [InlineData("lz\b \bs -l\n", "ls -l\n")]
    [InlineData("progress 10%\r                \rready\n", "ready\n")]
    [InlineData("10%\r50%\r100%\nkept  \n", "100%\nkept  \n")]
    [InlineData("名前 10%\r名前 20%\n", "名前 20%\n")]
    [InlineData("Receiving objects:  56% (1/2)\rReceiving objects:  57% (1/2)\rremote: Total 420 (delta 279), reused 0\n", "remote: Total 420 (delta 279), reused 0\n")]
    [InlineData("status\u001b[20G[ OK ]\n", null)]
    // What is none: data with carriage returns, and what a terminal would show mixed.
    [InlineData("1000,\"Customer 0\",\"Main street 0\rFloor 0\"\n", null)]
    [InlineData("1000,\"Customer 0\",\"Main 10%\rMain 20% of it\"\n", null)]
    [InlineData("id,share,x\r1,10%,a\r2,20%,b\n", null)]
    [InlineData("1,10%,a\r2,20%,b\r3,30%,c\n", null)]
    [InlineData("row 0 value 0\rrow 1 value 3\rrow 2 value 6\n", null)]
    [InlineData("1\r10\r100\n", null)]
    [InlineData("2026-11-22 10:20:30 INFO disk 10%\r2026-11-22 10:20:31 INFO disk 20%\n", null)]
    [InlineData("long text\rnew\n", null)]
    [InlineData("loading 10%\rdone\n", null)]
    [InlineData("a\r\r\nb\r\r\n", null)]
    [InlineData("a\rb\n", null)]
    [InlineData("\rfirst\n", null)]
    [InlineData("word\b\b\b\bsame\n", null)]
    [InlineData("old\rmac\rtext\r", null)]
    [InlineData("one\n\u001b[5A\u001b[2Kabove\n", null)]
    [InlineData("abcdef\u001b[1Gxy\n", null)]
    [InlineData("abc\u001b[1Kd\n", null)]
    [InlineData("10%\t\r20%\t\n", null)]
    [InlineData("\u001b7saved\u001b8\r\u001b[Kx\n", null)]
    public void A_redrawn_line_is_as_it_was_left(string text, string? left)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var redrawn = Of(utf8);
        Assert.Equal(left, redrawn is null ? null : Encoding.UTF8.GetString(redrawn.Utf8));
        if (redrawn is not null)
        {
            Assert.Equal(Print(utf8).Shown, Print(redrawn.Utf8).Shown);
        }
    }

    [Fact]
    public void A_line_that_is_none_stays_beside_one_that_is() => Assert.Equal(
        "a\rb\n20%\nlong text\rnew\n", Encoding.UTF8.GetString(Of("a\rb\n10%\r20%\nlong text\rnew\n"u8.ToArray())!.Utf8));

    [Fact]
    public void A_captured_clone_ends_with_its_last_states()
    {
        var shown = Of(DisplayedText.Of(Fixtures.Named("text/git-clone-progress.txt").Utf8(), TestContext.Current.CancellationToken)!)!;
        var text = Encoding.UTF8.GetString(shown.Utf8);
        Assert.Contains("Receiving objects: 100%", text, StringComparison.Ordinal);
        Assert.DoesNotContain("Receiving objects:  50%", text, StringComparison.Ordinal);
        Assert.Equal(4, shown.Lines);
    }

    [Fact]
    public void A_terminal_shows_the_same_and_nothing_grows()
    {
        var redraws = 0;
        for (var seed = 0UL; seed < 40_000; seed++)
        {
            var utf8 = Encoding.UTF8.GetBytes(seed % 4 == 0 ? RandomOutput.Any(seed) : RandomOutput.OfDrawing(seed));
            if (Of(utf8) is not { } redrawn)
            {
                continue;
            }

            redraws++;
            var (before, after) = (Print(utf8), Print(redrawn.Utf8));
            Assert.True(before.Shown == after.Shown, $"{seed}: {Encoding.UTF8.GetString(utf8).Replace("\u001b", "ESC", StringComparison.Ordinal)}");
            Assert.True(redrawn.Utf8.Length <= utf8.Length);
            Assert.True(Of(redrawn.Utf8) is not { } twice || twice.Utf8.AsSpan().SequenceEqual(redrawn.Utf8), $"{seed}");
        }

        Assert.True(redraws > 2_000, $"{redraws}");
    }

    [Theory]
    [InlineData("\u001b[9999Cx\n")]
    [InlineData("\u001b[900Cx\n")]
    [InlineData("\u001b[1000Gx\r\u001b[K")]
    [InlineData("x\u001b[2K")]
    [InlineData("\u001b[1K")]
    [InlineData("\b")]
    [InlineData("x\b")]
    [InlineData("\r\u001b[K")]
    [InlineData("\n\n\u001b[2A\u001b[J")]
    [InlineData("\n\u001b[A\u001b[900Cx\u001b[B")]
    [InlineData("\u001b[1Gx")]
    [InlineData("\u001b]0;")]
    [InlineData("\u001b[1")]
    public void Memory_is_bounded_by_the_input(string piece)
    {
        foreach (var before in new[] { "", "\u001b[1A", "start\n\u001b[1A", new string(' ', 999) })
        {
            var utf8 = Encoding.UTF8.GetBytes(before + string.Concat(Enumerable.Repeat(piece, 200_000 / piece.Length)));
            var start = GC.GetAllocatedBytesForCurrentThread();
            var displayed = DisplayedText.Of(utf8, TestContext.Current.CancellationToken) ?? utf8;
            var redrawn = Of(displayed);
            var allocated = GC.GetAllocatedBytesForCurrentThread() - start;
            Assert.InRange(allocated, 0, (utf8.Length * 150L) + (1 << 20));
            Assert.True(redrawn is null || redrawn.Utf8.Length <= utf8.Length);
        }
    }

    [Fact]
    public void A_long_line_can_be_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        var utf8 = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("10%\r", 100_000)));
        Assert.Throws<OperationCanceledException>(() => RedrawnText.Of(utf8, cancelled.Token));
        Assert.Throws<OperationCanceledException>(() => DisplayedText.Of([.. utf8, 7], cancelled.Token));
    }

    private static Terminal Print(byte[] utf8) => Terminal.Print(utf8, TestContext.Current.CancellationToken);

    private static RedrawnText? Of(byte[] utf8) => RedrawnText.Of(utf8, TestContext.Current.CancellationToken);
}
