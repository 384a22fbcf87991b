using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Headroom.Engine.Files;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Forwarding;

/// <summary>
/// Which certificates of upstreams are accepted: those that the system accepts, and those of further authorities, which companies use to look
/// into TLS. Names and dates are held to either way.
/// </summary>
/// <param name="authorities">The certificates of further authorities.</param>
internal sealed class UpstreamTrust(X509Certificate2Collection authorities)
{
    private const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.NotSignatureValid;

    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Reads the authorities that options and environment name.</summary>
    /// <param name="file">The value of <see cref="ProxyOptions.CaFile"/>.</param>
    /// <param name="variable">Gives environment variables.</param>
    /// <param name="logger">Told what was read.</param>
    /// <exception cref="ArgumentException">A file cannot be read or holds no certificate; message and parameter name say which.</exception>
    public static UpstreamTrust Read(string? file, Func<string, string?> variable, ILogger logger)
    {
        var authorities = new X509Certificate2Collection();
        // On Linux and FreeBSD OpenSSL reads SSL_CERT_FILE, in place of the system's own file.
        string[] variables = OperatingSystem.IsLinux() || OperatingSystem.IsFreeBSD() ? ["NODE_EXTRA_CA_CERTS"] : ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
        foreach (var (source, path) in variables.Select(v => (v, variable(v))).Prepend((nameof(ProxyOptions.CaFile), file)))
        {
            if (string.IsNullOrEmpty(path))
            {
                continue;
            }

            var before = authorities.Count;
            try
            {
                var bytes = InputFile.Read(path);
                using var reader = new StreamReader(new MemoryStream(bytes));
                var text = reader.ReadToEnd();
                if (text.Contains("-----BEGIN", StringComparison.Ordinal))
                {
                    authorities.ImportFromPem(text);
                }
                else
                {
                    authorities.Add(X509CertificateLoader.LoadCertificate(bytes));
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or NotSupportedException)
            {
                throw new ArgumentException(
                    $"{source}: the certificates in '{path}' cannot be read: {(e is CryptographicException ? "it holds none in PEM or DER." : e.Message)}", source, e);
            }

            if (authorities.Count == before)
            {
                throw new ArgumentException($"{source}: '{path}' holds no certificate in PEM.", source);
            }

            logger.AuthoritiesRead(source, authorities.Count - before);
        }

        return new UpstreamTrust(authorities);
    }

    /// <summary>Accepts a server's certificate.</summary>
    /// <exception cref="CertificateException">It is not accepted.</exception>
    public bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return true;
        }

        var host = (sender as SslStream)?.TargetHostName ?? "the provider";
        if (certificate is not X509Certificate2 own || chain is null)
        {
            throw new CertificateException("certificate_missing", $"{host} shows no certificate.");
        }

        var status = Status(chain);
        if ((status & Untrusted) != 0 && authorities.Count > 0)
        {
            using var further = new X509Chain();
            further.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            further.ChainPolicy.CustomTrustStore.AddRange(authorities);
            further.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
            foreach (var element in chain.ChainElements)
            {
                further.ChainPolicy.ExtraStore.Add(element.Certificate);
            }

            further.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
            further.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            further.ChainPolicy.DisableCertificateDownloads = true;
            further.Build(own);
            status = Status(further);
        }

        if ((status & Untrusted) != 0)
        {
            var top = chain.ChainElements.Count > 0 ? chain.ChainElements[^1].Certificate : own;
            throw new CertificateException("certificate_untrusted",
                $"The certificate of {host} is not trusted: it comes from the authority '{Authority(top)}', which this machine does not know. "
                + "If your company looks into TLS, give the file of its authority with --ca-file (-CaFile), NODE_EXTRA_CA_CERTS or SSL_CERT_FILE.");
        }

        if ((status & X509ChainStatusFlags.NotTimeValid) != 0)
        {
            throw new CertificateException("certificate_expired",
                string.Create(CultureInfo.InvariantCulture, $"The certificate of {host} is not valid today: it is for {own.NotBefore.ToUniversalTime():yyyy-MM-dd} to {own.NotAfter.ToUniversalTime():yyyy-MM-dd}. Look at this machine's clock."));
        }

        if ((errors & SslPolicyErrors.RemoteCertificateNameMismatch) != 0)
        {
            throw new CertificateException("certificate_wrong_host", $"The certificate that {host} shows is for another host: '{own.GetNameInfo(X509NameType.DnsName, forIssuer: false)}'.");
        }

        return status == X509ChainStatusFlags.NoError
            ? true
            : throw new CertificateException("certificate_refused", $"The certificate of {host} is not accepted: {status}.");
    }

    private static X509ChainStatusFlags Status(X509Chain chain) =>
        chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);

    private static string Authority(X509Certificate2 top) =>
        top.GetNameInfo(X509NameType.SimpleName, forIssuer: true) is { Length: > 0 } name ? name : top.Issuer;
}
