using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Headroom.Engine.Compression;

namespace Headroom.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Argument<string> Input() => new("FILE")
    {
        Description = "The file to read; - or nothing reads stdin.",
        DefaultValueFactory = _ => "-",
    };

    public static Option<CompressionLevel> Level()
    {
        var option = new Option<CompressionLevel>("--level")
        {
            Description = "How far compression may go: lossless forms only, views within a budget, or a smaller budget.",
            DefaultValueFactory = _ => CompressionLevel.Balanced,
            HelpName = "lossless|balanced|aggressive",
        };
        option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Enum.GetNames<CompressionLevel>().Select(n => n.ToLowerInvariant())]);
        return option;
    }

    public static Option<string?> DataDirectory() => new("--data-dir")
    {
        Description = "Directory of the store; by default HEADROOM_DATA_DIR, then the user's data directory.",
        HelpName = "DIR",
    };

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Func<ArgumentResult, int> Number(int least, int most) => result =>
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        result.AddError($"'{text}' is not a number from {least} to {most}.");
        return 0;
    };

    /// <summary>An absolute http or https URL.</summary>
    public static Uri ParseUrl(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp))
        {
            return url;
        }

        result.AddError($"'{text}' is not an http or https URL.");
        return null!;
    }
}
