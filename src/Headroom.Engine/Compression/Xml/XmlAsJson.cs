using System.Text;
using System.Xml;
using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Compression.Xml;

/// <summary>
/// An XML document as JSON, so that repeated elements are rows: <c>{"project":{"@sdk":"a","item":[{"@id":1},{"@id":2}]}}</c>. Attributes have
/// <c>@</c> before their name, text beside elements is <c>#text</c>, elements of one name are one array. The order of elements of different names,
/// comments, white space between elements and instructions are not in it, so it is for views alone.
/// </summary>
internal sealed class XmlAsJson
{
    private const int MaxDepth = 50;

    private XmlAsJson(byte[] json, int comments) => (Json, Comments) = (json, comments);

    public byte[] Json { get; }

    /// <summary>Number of comments and instructions that are left out.</summary>
    public int Comments { get; }

    /// <summary>Reads a document; null when it is not well-formed, or too deep.</summary>
    public static XmlAsJson? Read(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore, XmlResolver = null, IgnoreWhitespace = true };
        try
        {
            // As text: a declaration may name another encoding than the one that the bytes have by now.
            using var reader = XmlReader.Create(new StringReader(Encoding.UTF8.GetString(utf8.Span.TrimStart("\uFEFF"u8))), settings);
            var comments = 0;
            Element? root = null;
            var open = new Stack<Element>();
            for (var nodes = 0; reader.Read(); nodes++)
            {
                if ((nodes & 0xFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                switch (reader.NodeType)
                {
                    case XmlNodeType.Element:
                        var element = new Element(reader.Name);
                        var isEmpty = reader.IsEmptyElement;
                        while (reader.MoveToNextAttribute())
                        {
                            element.Attributes.Add((reader.Name, reader.Value));
                        }

                        root ??= element;
                        if (open.TryPeek(out var parent))
                        {
                            parent.Children.Add(element);
                        }

                        if (!isEmpty)
                        {
                            open.Push(element);
                        }

                        if (open.Count > MaxDepth)
                        {
                            return null;
                        }

                        break;
                    case XmlNodeType.EndElement:
                        open.Pop();
                        break;
                    case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace when open.Count > 0:
                        open.Peek().Text.Append(reader.Value);
                        break;
                    case XmlNodeType.Comment or XmlNodeType.ProcessingInstruction:
                        comments++;
                        break;
                }
            }

            if (root is null)
            {
                return null;
            }

            var json = new ByteBuffer(utf8.Length);
            json.Append('{');
            WriteName(json, root.Name);
            WriteElement(json, root, asObject: false);
            json.Append('}');
            return new XmlAsJson(json.ToArray(), comments);
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static void WriteElement(ByteBuffer json, Element element, bool asObject)
    {
        if (!asObject && element.Attributes.Count == 0 && element.Children.Count == 0)
        {
            WriteText(json, element.Text.ToString().Trim());
            return;
        }

        json.Append('{');
        var isFirst = true;
        void Member(string name)
        {
            if (!isFirst)
            {
                json.Append(',');
            }

            isFirst = false;
            WriteName(json, name);
        }

        foreach (var (name, value) in element.Attributes)
        {
            Member("@" + name);
            WriteText(json, value);
        }

        var text = element.Text.ToString().Trim();
        if (text.Length > 0 || (asObject && element.Attributes.Count == 0 && element.Children.Count == 0))
        {
            Member("#text");
            WriteText(json, text);
        }

        foreach (var group in element.Children.GroupBy(c => c.Name, StringComparer.Ordinal))
        {
            Member(group.Key);
            var items = group.ToArray();
            if (items.Length == 1)
            {
                WriteElement(json, items[0], asObject: false);
                continue;
            }

            // Rows of a table are objects, all of them.
            var areObjects = items.Any(i => i.Attributes.Count > 0 || i.Children.Count > 0);
            for (var i = 0; i < items.Length; i++)
            {
                json.Append(i == 0 ? '[' : ',');
                WriteElement(json, items[i], areObjects);
            }

            json.Append(']');
        }

        json.Append('}');
    }

    private static void WriteName(ByteBuffer json, string name)
    {
        json.Append('"');
        JsonLexeme.AppendEscaped(json, Encoding.UTF8.GetBytes(name));
        json.Append("\":"u8);
    }

    private static void WriteText(ByteBuffer json, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        if (JsonLexeme.IsLiteral(utf8))
        {
            json.Append(utf8);
            return;
        }

        json.Append('"');
        JsonLexeme.AppendEscaped(json, utf8);
        json.Append('"');
    }

    private sealed record Element(string Name)
    {
        public List<(string Name, string Value)> Attributes { get; } = [];

        public List<Element> Children { get; } = [];

        public StringBuilder Text { get; } = new();
    }
}
