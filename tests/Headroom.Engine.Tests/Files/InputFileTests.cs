using System.Diagnostics;
using System.Net.Sockets;
using Headroom.Engine.Files;

namespace Headroom.Engine.Tests.Files;

public sealed class InputFileTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("headroom-test-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5_000_000)]
    public async Task A_file_is_read_to_its_end(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(At("file"), bytes);
        Assert.Equal(FileKind.Plain, OperatingSystem.IsLinux() ? InputFile.KindOf(At("file")) : FileKind.Plain);
        Assert.Equal(bytes, InputFile.Read(At("file"), Token));
        Assert.Equal(bytes, await InputFile.ReadAsync(At("file"), Token));
    }

    [Fact]
    public void What_is_missing_or_a_directory_is_an_error()
    {
        Assert.Equal(FileKind.Unknown, InputFile.KindOf(At("none")));
        Assert.Throws<FileNotFoundException>(() => InputFile.Read(At("none"), Token));
        Assert.Equal(FileKind.Directory, InputFile.KindOf(_home));
        Assert.Contains(_home, Assert.Throws<IOException>(() => InputFile.Read(_home, Token)).Message, StringComparison.Ordinal);
        Assert.Equal(FileKind.Unknown, InputFile.KindOf(""));
        Assert.Equal(FileKind.Unknown, InputFile.KindOf("a\0b"));
    }

    [Fact]
    public void What_may_have_no_end_or_never_answer_is_told_without_being_opened()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there it can be told.");
        using (var mkfifo = Process.Start("mkfifo", [At("pipe")]))
        {
            mkfifo.WaitForExit();
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At("socket")));
        File.CreateSymbolicLink(At("link"), "pipe");
        File.CreateSymbolicLink(At("circle"), "circle");
        File.CreateSymbolicLink(At("zero"), "/dev/zero");
        foreach (var (path, kind) in new[]
        {
            (At("pipe"), FileKind.NamedPipe), (At("link"), FileKind.NamedPipe), (At("socket"), FileKind.Socket), (At("zero"), FileKind.Device), ("/dev/null", FileKind.Device),
        })
        {
            Assert.Equal(kind, InputFile.KindOf(path));
            var failure = Assert.Throws<IOException>(() => InputFile.Read(path, Token));
            Assert.Contains(InputFile.Refusal(kind)!, failure.Message, StringComparison.Ordinal);
        }

        Assert.Equal(FileKind.Unknown, InputFile.KindOf(At("circle")));
        Assert.Throws<IOException>(() => InputFile.Read(At("circle"), Token));
    }

    [Fact]
    public void A_file_of_the_system_that_tells_no_length_is_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there are such files.");
        Assert.NotEmpty(InputFile.Read("/proc/self/maps", Token));
    }

    [Fact]
    public void A_stream_is_read_to_its_end_and_one_without_is_given_up()
    {
        Assert.Equal("abc"u8.ToArray(), InputFile.ReadToEnd(new MemoryStream("abc"u8.ToArray()), Token));
        using var cancelled = new MemoryStream(new byte[1]);
        Assert.Throws<OperationCanceledException>(() => InputFile.ReadToEnd(cancelled, new CancellationToken(true)));
    }

    private string At(string name) => Path.Combine(_home, name);
}
