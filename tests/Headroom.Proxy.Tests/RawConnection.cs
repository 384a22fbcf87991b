using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Headroom.Proxy.Tests;

/// <summary>A response as it came over the wire.</summary>
/// <param name="Status">The status.</param>
/// <param name="Head">Status line and headers.</param>
/// <param name="Body">The body, without its framing.</param>
/// <param name="IsWhole">False when the connection ended before the body did.</param>
internal sealed record RawResponse(int Status, string Head, string Body, bool IsWhole)
{
    public string? Header(string name) => Head.Split("\r\n").Skip(1)
        .Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
        .Select(line => line[(name.Length + 1)..].Trim())
        .FirstOrDefault();
}

/// <summary>A connection on which every byte is the test's own.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client;
    private readonly NetworkStream _stream;

    private RawConnection(TcpClient client) => (_client, _stream) = (client, client.GetStream());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<RawConnection> OpenAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, Token);
        return new RawConnection(client);
    }

    public static RawConnection Over(TcpClient accepted) => new(accepted);

    /// <summary>Sends one request on a connection of its own and reads its answer.</summary>
    public static async Task<RawResponse> ExchangeAsync(TestProxy proxy, string request, bool hasBody = true)
    {
        using var connection = await OpenAsync(proxy.Server.Uri.Port);
        await connection.SendAsync(request.Replace("HOST", proxy.Server.Uri.Authority, StringComparison.Ordinal));
        return await connection.ReadResponseAsync(hasBody);
    }

    public async Task SendAsync(string text)
    {
        try
        {
            await _stream.WriteAsync(Encoding.Latin1.GetBytes(text), Token);
        }
        catch (IOException)
        {
            // The other side has answered and closed before it had read all.
        }
    }

    /// <summary>Reads up to and including an empty line; what there was when the connection ended.</summary>
    public async Task<string> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await ReadAsync(1) is { Length: > 0 } read)
        {
            head.Append(read);
        }

        return head.ToString();
    }

    /// <summary>True when the other side has ended the connection and sent nothing more.</summary>
    public async Task<bool> IsAtEndAsync() => (await ReadAsync(1)).Length == 0;

    public async Task<RawResponse> ReadResponseAsync(bool hasBody = true)
    {
        var head = await ReadHeadAsync();
        var response = new RawResponse(head.Length > 12 ? int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture) : 0, head, "", true);
        if (!hasBody || response.Status is 204 or 304 or < 200)
        {
            return response;
        }

        if (response.Header("Content-Length") is { } length)
        {
            var body = await ReadAllAsync(int.Parse(length, CultureInfo.InvariantCulture));
            return response with { Body = body, IsWhole = body.Length == int.Parse(length, CultureInfo.InvariantCulture) };
        }

        if (response.Header("Transfer-Encoding") is null)
        {
            return response with { Body = await ReadAllAsync(int.MaxValue) };
        }

        var whole = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            if (line.Length == 0)
            {
                return response with { Body = whole.ToString(), IsWhole = false };
            }

            var size = int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            whole.Append(await ReadAllAsync(size));
            await ReadLineAsync();
            if (size == 0)
            {
                return response with { Body = whole.ToString() };
            }
        }
    }

    /// <summary>Reads as many bytes, or what there was when the connection ended.</summary>
    public Task<string> ReadExactlyAsync(int length) => ReadAllAsync(length);

    public void Dispose() => _client.Dispose();

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (await ReadAsync(1) is { Length: > 0 } read && read != "\n")
        {
            line.Append(read);
        }

        return line.ToString().TrimEnd('\r');
    }

    private async Task<string> ReadAllAsync(int length)
    {
        var all = new StringBuilder();
        while (all.Length < length && await ReadAsync(Math.Min(length - all.Length, 4096)) is { Length: > 0 } read)
        {
            all.Append(read);
        }

        return all.ToString();
    }

    private async Task<string> ReadAsync(int most)
    {
        var buffer = new byte[most];
        try
        {
            return Encoding.Latin1.GetString(buffer, 0, await _stream.ReadAsync(buffer, Token));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
