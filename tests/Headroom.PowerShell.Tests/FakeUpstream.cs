using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;

namespace Headroom.PowerShell.Tests;

/// <summary>
/// A provider on a free port that gives every request the same answer and keeps the bodies it was sent. Made of sockets, since
/// there is no ASP.NET Core in this process.
/// </summary>
internal sealed class FakeUpstream : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Channel<string> _bodies = Channel.CreateUnbounded<string>();
    private readonly string? _answer;

    /// <param name="answer">The answer's JSON; null answers nothing, ever.</param>
    public FakeUpstream(string? answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>What an answer waits for.</summary>
    public Task Held { get; set; } = Task.CompletedTask;

    public Uri Uri => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>The body of the next request, as soon as it is there.</summary>
    public ValueTask<string> NextBodyAsync() => _bodies.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = AnswerAsync(client);
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        var stream = client.GetStream();
        var head = new List<byte>();
        var one = new byte[1];
        while (!head.TakeLast(4).SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            if (await stream.ReadAsync(one) == 0)
            {
                return;
            }

            head.Add(one[0]);
        }

        var length = Encoding.ASCII.GetString([.. head]).Split("\r\n")
            .Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))
            .Select(line => int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture)).SingleOrDefault();
        var body = new byte[length];
        await stream.ReadExactlyAsync(body);
        _bodies.Writer.TryWrite(Encoding.UTF8.GetString(body));
        await Held;
        if (_answer is not null)
        {
            var answer = Encoding.UTF8.GetBytes(_answer);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {answer.Length}\r\nConnection: close\r\n\r\n"));
            await stream.WriteAsync(answer);
            client.Dispose();
        }
    }
}
