using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace Headroom.Redis;

/// <summary>Reads <c>redis://[user:password@]host[:port][/database]</c>; <c>rediss://</c> is the same over TLS.</summary>
internal static class RedisUrl
{
    private const int StandardPort = 6379;

    /// <summary>The client's settings for an address.</summary>
    /// <exception cref="ArgumentException">The database is no number, or the address says more than this form can.</exception>
    public static ConfigurationOptions Read(Uri server)
    {
        ArgumentNullException.ThrowIfNull(server);
        var database = server.AbsolutePath.Trim('/');
        var number = 0;
        if (server.Query.Length + server.Fragment.Length > 0
            || (database.Length > 0 && !int.TryParse(database, NumberStyles.None, CultureInfo.InvariantCulture, out number)))
        {
            // Whatever the address says, it may hold a password: it is not repeated here.
            throw new ArgumentException("Store: the form is redis://[user:password@]host[:port][/database], where the database is a number.", nameof(server));
        }

        var isTls = server.Scheme == "rediss";
        var user = server.UserInfo.Split(':', 2);
        return new ConfigurationOptions
        {
            EndPoints = { EndPointOf(server) },
            User = user[0].Length == 0 ? null : Uri.UnescapeDataString(user[0]),
            Password = user.Length < 2 || user[1].Length == 0 ? null : Uri.UnescapeDataString(user[1]),
            DefaultDatabase = number,
            Ssl = isTls,
            SslHost = isTls ? server.IdnHost : null,
            CheckCertificateRevocation = false,
            ClientName = "headroom",

            // Whoever waits decides how long; what cannot be sent at once is not kept for later.
            AbortOnConnectFail = true,
            ConnectRetry = 1,
            BacklogPolicy = BacklogPolicy.FailFast,

            // Nothing is published or subscribed to.
            ConfigurationChannel = "",
            TieBreaker = "",
        };
    }

    private static EndPoint EndPointOf(Uri server)
    {
        var port = server.Port > 0 ? server.Port : StandardPort;
        return IPAddress.TryParse(server.IdnHost, out var address) ? new IPEndPoint(address, port) : new DnsEndPoint(server.IdnHost, port);
    }
}
