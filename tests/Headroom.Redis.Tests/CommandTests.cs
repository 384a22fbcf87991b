using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Headroom.Cli.Tests;
using Headroom.Engine.Ccr;
using Headroom.Proxy.Tests;

namespace Headroom.Redis.Tests;

/// <summary>The command line on a real server, with a password and over TLS.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_proxy_stores_on_the_server_and_tells_nobody_the_password()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", "s3cret");
        var address = $"redis://:s3cret@127.0.0.1:{server.Port}/2";
        await using var upstream = await FakeUpstream.StartAsync();
        var (proxy, uri) = await HeadroomProcess.StartProxyAsync(
            _home, "--store", address, "--allow-views", "--openai-url", upstream.Uri.ToString());
        await using (proxy)
        {
            using var client = new HttpClient { BaseAddress = uri };
            using var body = new StringContent(TestBodies.OpenAI(TestBodies.Rows(400)), Encoding.UTF8, "application/json");
            using var response = await client.PostAsync(new Uri("/v1/chat/completions", UriKind.Relative), body, Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var health = await client.GetStringAsync(new Uri("/health", UriKind.Relative), Token);
            Assert.Contains($"redis://127.0.0.1:{server.Port}/2", health, StringComparison.Ordinal);
            Assert.DoesNotContain("s3cret", health, StringComparison.Ordinal);
            Assert.Equal(0, await proxy.InterruptAsync());
        }

        await using var store = new RedisCcrStore(new Uri(address));
        var hash = Assert.Single(Marker.HashesIn(Encoding.UTF8.GetString(upstream.Single.Body)));
        Assert.Equal(TestBodies.Rows(400), Encoding.UTF8.GetString((await store.GetAsync(hash, Token))!));
    }

    [Theory]
    [InlineData("redis://:s3cret@127.0.0.1:1")]
    [InlineData("redis://:s3cret@127.0.0.1:1/x")]
    [InlineData("redis://:s3cret@")]
    [InlineData("redis:/:s3cret@127.0.0.1:1")]
    public async Task A_server_that_cannot_be_used_ends_the_start_and_the_password_is_not_repeated(string address)
    {
        var outcome = await HeadroomProcess.RunAsync(_home, "proxy", "--port", "0", "--store", address);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains("store", outcome.Error, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("s3cret", outcome.Error + outcome.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Over_TLS_only_a_server_with_a_trusted_certificate_is_spoken_to(bool isTrusted)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Which certificates are trusted is told by SSL_CERT_FILE on Linux only.");
        WriteCertificate();
        await using var server = await RedisServer.StartAsync(port =>
        [
            "--port", "0", "--tls-port", port.ToString(CultureInfo.InvariantCulture), "--tls-auth-clients", "no", "--requirepass", "s3cret",
            "--tls-cert-file", Path.Combine(_home.Path, "cert.pem"), "--tls-key-file", Path.Combine(_home.Path, "key.pem"),
            "--tls-ca-cert-file", Path.Combine(_home.Path, "cert.pem"),
        ]);
        string[] arguments = ["--store", $"rediss://:s3cret@localhost:{server.Port}"];
        if (isTrusted)
        {
            _home.Environment["SSL_CERT_FILE"] = Path.Combine(_home.Path, "cert.pem");
            var (proxy, uri) = await HeadroomProcess.StartProxyAsync(_home, arguments);
            await using var _ = proxy;
            using var client = new HttpClient { BaseAddress = uri };
            using var ready = await client.GetAsync(new Uri("/readyz", UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
            return;
        }

        var outcome = await HeadroomProcess.RunAsync(_home, ["proxy", "--port", "0", .. arguments]);
        Assert.NotEqual(0, outcome.ExitCode);
        Assert.Contains($"rediss://localhost:{server.Port} cannot be reached", outcome.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", outcome.Error, StringComparison.Ordinal);
    }

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        _home.Write("cert.pem", Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
        _home.Write("key.pem", Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
    }
}
