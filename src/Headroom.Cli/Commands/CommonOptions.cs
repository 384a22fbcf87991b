using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Rules;

namespace Headroom.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    /// <summary>The token of the proxy that a command asks.</summary>
    public static Option<string?> TokenFile() => new("--token-file")
    {
        Description = $"A file with the token of a proxy that asks for one; by default {Headroom.Proxy.Admission.ProxyToken.Variable} gives it.",
        HelpName = "FILE",
    };

    public static Argument<string> Input() => new("FILE")
    {
        Description = "The file to read; - or nothing reads stdin.",
        DefaultValueFactory = _ => "-",
    };

    public static Option<Encoding?> Encoding() => new("--encoding")
    {
        Description = "What is not UTF-8 and has no byte order mark: latin1, unicode, windows-1252, shift_jis or the number of a code page.",
        HelpName = "NAME",
        CustomParser = result =>
        {
            var encoding = EncodingName.Find(result.Tokens.Count == 1 ? result.Tokens[0].Value : "", out var problem);
            if (problem is not null)
            {
                result.AddError(problem);
            }

            return encoding;
        },
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

    public static Option<int?> Budget() => new("--budget")
    {
        Description = "The most tokens a view should take.",
        HelpName = "N",
        CustomParser = result => Number(1, int.MaxValue)(result),
    };

    public static Option<string> Model() => new("--model")
    {
        Description = "The model whose tokenizer counts for the report and decides what is smaller.",
        HelpName = "M",
        DefaultValueFactory = _ => "gpt-4o",
    };

    public static Option<string?> Rules() => new("--rules")
    {
        Description = "A file of rules for single tools and commands; by default headroom.rules.json in the data directory.",
        HelpName = "FILE",
    };

    public static Option<string?> DataDirectory() => NotBlank(new Option<string?>("--data-dir")
    {
        Description = "Directory of the store; by default HEADROOM_DATA_DIR, then the user's data directory.",
        HelpName = "DIR",
    });

    /// <summary>An option whose value must name something.</summary>
    public static Option<T> NotBlank<T>(Option<T> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => string.IsNullOrWhiteSpace(token.Value)))
            {
                result.AddError($"{option.Name}: the name is empty.");
            }
        });
        return option;
    }

    public static Option<CcrStoreAddress> Store() => new("--store")
    {
        Description = "Where originals and decisions are kept; redis:// or rediss:// for a server that several proxies share.",
        HelpName = "sqlite|memory|URL",
        DefaultValueFactory = _ => CcrStoreAddress.Sqlite,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            if (CcrStoreAddress.TryParse(text, out var address))
            {
                return address;
            }

            result.AddError(CcrStoreAddress.Refusal(text));
            return null!;
        },
    };

    public static Option<string> Workspace() => NotBlank(new Option<string>("--workspace")
    {
        Description = "Whose originals are meant; those of other workspaces in the same store are out of reach.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "default",
    });

    /// <summary>How long what is not used is kept.</summary>
    public static Option<TimeSpan> MaxAge() => new("--max-age")
    {
        Description = "Originals and decisions that were not used for longer go; days, or D.HH:MM:SS. Never within a day.",
        HelpName = "DAYS",
        DefaultValueFactory = _ => CcrRetention.Default.MaxAge,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            TimeSpan? age = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var days) && days < 1_000_000 ? TimeSpan.FromDays(days)
                : TimeSpan.TryParseExact(text, ["c", @"d\.hh\:mm"], CultureInfo.InvariantCulture, out var span) ? span
                : null;
            if (age < CcrRetention.Grace || age is null)
            {
                result.AddError($"'{text}' is no age of at least a day; for example 7 or 1.12:00:00.");
            }

            return age ?? default;
        },
    };

    /// <summary>How much is kept.</summary>
    public static Option<long> MaxSize() => Size(
        "--max-size",
        "Beyond this size what was least recently used goes; bytes, or with KiB, MiB, GiB, TiB. Never within a day of its last use.",
        CcrRetention.Default.MaxBytes);

    /// <summary>A number of bytes, with or without a unit.</summary>
    public static Option<long> Size(string name, string description, long usual) => new(name)
    {
        Description = description,
        HelpName = "SIZE",
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
            var digits = text.AsSpan().TrimEnd("KMGTiBkmgtb ");
            var shift = text.AsSpan(digits.Length).Trim() switch
            {
                var unit when unit.IsEmpty || unit.Equals("B", StringComparison.OrdinalIgnoreCase) => 0,
                var unit when unit.Equals("KiB", StringComparison.OrdinalIgnoreCase) => 10,
                var unit when unit.Equals("MiB", StringComparison.OrdinalIgnoreCase) => 20,
                var unit when unit.Equals("GiB", StringComparison.OrdinalIgnoreCase) => 30,
                var unit when unit.Equals("TiB", StringComparison.OrdinalIgnoreCase) => 40,
                _ => -1,
            };
            if (shift >= 0 && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number > 0 && number <= long.MaxValue >> shift)
            {
                return number << shift;
            }

            result.AddError($"'{text}' is no size; for example 1GiB, 500MiB or a number of bytes.");
            return 0;
        },
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

    /// <summary>A regular expression that cannot run away.</summary>
    public static Regex? Pattern(ArgumentResult result, string pattern)
    {
        try
        {
            return new Regex(pattern, CompressionRulesFile.KeepOptions);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            result.AddError($"'{pattern}' is no usable pattern: {e.Message}");
            return null;
        }
    }

    /// <summary>A kind of content as reports spell it.</summary>
    public static ContentKind? Kind(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        foreach (var kind in Enum.GetValues<ContentKind>())
        {
            if (string.Equals(text, kind.Code(), StringComparison.OrdinalIgnoreCase))
            {
                return kind;
            }
        }

        result.AddError($"'{text}' is no kind of content; one of: {string.Join(", ", Enum.GetValues<ContentKind>().Select(k => k.Code()))}.");
        return null;
    }

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
