using System.IO.Compression;
using System.Reflection;
using System.Text;
using Headroom.Engine.Tokens;
using Headroom.TestData;
using Microsoft.ML.Tokenizers;

namespace Headroom.Engine.Tests.Tokens;

public sealed class VocabularyFilterTests
{
    [Fact]
    public void The_resource_is_the_filter_of_the_vocabulary()
    {
        var expected = VocabularyFilter.Build(Vocabulary());
        using var stream = typeof(VocabularyFilter).Assembly.GetManifestResourceStream("Headroom.Engine.Tokens.o200k_base.filter")!;
        var actual = new byte[stream.Length];
        stream.ReadExactly(actual);
        if (!expected.AsSpan().SequenceEqual(actual))
        {
            // To be copied to src/Headroom.Engine/Tokens after a change of the hash or the vocabulary.
            var path = Path.Combine(AppContext.BaseDirectory, "o200k_base.filter");
            File.WriteAllBytes(path, expected);
            Assert.Fail($"The filter in the assembly is out of date. The right one is {path}.");
        }
    }

    [Fact]
    public void No_token_is_denied_and_few_other_texts_are_taken()
    {
        var vocabulary = Vocabulary().Where(t => t.Length is >= 2 and <= VocabularyFilter.MaxLength).ToArray();
        Assert.All(vocabulary, token => Assert.True(VocabularyFilter.Contains(VocabularyFilter.Hash(token.Span))));

        var tokenizer = TiktokenTokenizer.CreateForEncoding("o200k_base");
        var random = new SeededRandom(1);
        var wrong = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = string.Create(random.Next(6, 17), random, static (span, random) =>
            {
                for (var k = 0; k < span.Length; k++)
                {
                    span[k] = (char)('a' + random.Next(26));
                }
            });
            wrong += VocabularyFilter.Contains(VocabularyFilter.Hash(Encoding.ASCII.GetBytes(text))) && tokenizer.CountTokens(text) > 1 ? 1 : 0;
        }

        Assert.InRange(wrong, 0, 80);
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Vocabulary()
    {
        using var resource = Assembly.Load("Microsoft.ML.Tokenizers.Data.O200kBase").GetManifestResourceStream("o200k_base.tiktoken.deflate")!;
        using var reader = new StreamReader(new DeflateStream(resource, CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith("Capacity: ", StringComparison.Ordinal))
            {
                yield return Convert.FromBase64String(line);
            }
        }
    }
}
