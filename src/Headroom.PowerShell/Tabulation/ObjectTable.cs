using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Numerics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Xml;

namespace Headroom.PowerShell.Tabulation;

/// <summary>
/// Objects from the pipeline as one JSON array: each object with all of its own properties, types kept, before any formatting has
/// cut them. Data inside an object (lists, dictionaries, custom objects) is written in full; other objects inside it stand as
/// their text.
/// </summary>
internal sealed class ObjectTable : IDisposable
{
    // Deeper than data goes, and well inside the writer's and every reader's own limit.
    private const int MaxDepth = 48;

    // Objects that are no data lead on to the whole process if one lets them.
    private const int MaxLiveDepth = 4;

    private const string ComputerName = "PSComputerName";
    private const string ShowComputerName = "PSShowComputerName";

    // What providers, remoting and jobs attach to objects for their own use.
    private static readonly HashSet<string> Attached = new(StringComparer.OrdinalIgnoreCase)
    {
        "PSPath", "PSParentPath", "PSDrive", "PSProvider", "PSChildName", "PSIsContainer",
        "RunspaceId", ComputerName, ShowComputerName, "PSSourceJobInstanceId",
    };

    private static readonly JsonWriterOptions WriterOptions = new()
    {
        // Escapes cost tokens and the reader is no browser.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly Utf8JsonWriter _json;
    private readonly HashSet<object> _open = new(ReferenceEqualityComparer.Instance);

    public ObjectTable()
    {
        _json = new Utf8JsonWriter(_buffer, WriterOptions);
        _json.WriteStartArray();
    }

    /// <summary>True for the records that Format-Table and its like emit: instructions for a screen, not data.</summary>
    public static bool IsFormatting(object value) =>
        value.GetType().FullName?.StartsWith("Microsoft.PowerShell.Commands.Internal.Format.", StringComparison.Ordinal) == true;

    /// <summary>Adds one object as it is now.</summary>
    public void Add(PSObject? value) => Write(value, 0);

    /// <summary>Closes the array and returns it; nothing can be added after.</summary>
    public byte[] ToJson()
    {
        _json.WriteEndArray();
        _json.Flush();
        return _buffer.WrittenSpan.ToArray();
    }

    public void Dispose() => _json.Dispose();

    private void Write(object? value, int depth)
    {
        var wrapper = value as PSObject;
        var inner = wrapper is null ? value : wrapper.BaseObject;
        if (inner is null || TryWriteScalar(inner))
        {
            if (inner is null)
            {
                _json.WriteNullValue();
            }

            return;
        }

        // The base object of every custom object is one and the same instance.
        var identity = inner is PSCustomObject ? wrapper! : inner;
        if (depth > MaxDepth || !_open.Add(identity))
        {
            _json.WriteNullValue();
            return;
        }

        switch (inner)
        {
            case IDictionary dictionary:
                WriteDictionary(dictionary, depth);
                break;
            case IEnumerable sequence:
                WriteSequence(sequence, depth);
                break;
            case PSCustomObject:
                WriteProperties(wrapper!, depth);
                break;
            case var _ when depth > 0 && (depth > MaxLiveDepth || HasText(inner)):
                _json.WriteStringValue(Text(inner));
                break;
            default:
                WriteProperties(wrapper ?? PSObject.AsPSObject(inner), depth);
                break;
        }

        _open.Remove(identity);
    }

    private bool TryWriteScalar(object value)
    {
        switch (value)
        {
            case string text: _json.WriteStringValue(text); break;
            case bool flag: _json.WriteBooleanValue(flag); break;
            case SwitchParameter flag: _json.WriteBooleanValue(flag.IsPresent); break;
            case Enum name: _json.WriteStringValue(name.ToString()); break;
            case sbyte or byte or short or ushort or int or uint or long:
                _json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case ulong number: _json.WriteNumberValue(number); break;
            case decimal number: _json.WriteNumberValue(number); break;
            case float number when float.IsFinite(number): _json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): _json.WriteNumberValue(number); break;
            case float or double or Half: _json.WriteStringValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture)); break;
            case BigInteger or Int128 or UInt128:
                _json.WriteRawValue(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture));
                break;
            case nint number: _json.WriteNumberValue(number); break;
            case nuint number: _json.WriteNumberValue(number); break;
            case char letter: _json.WriteStringValue(letter.ToString()); break;
            case DateTime or DateTimeOffset or DateOnly or TimeOnly:
                _json.WriteStringValue(((IFormattable)value).ToString("O", CultureInfo.InvariantCulture));
                break;
            case TimeSpan span: _json.WriteStringValue(span.ToString("c", CultureInfo.InvariantCulture)); break;
            case Guid id: _json.WriteStringValue(id); break;
            case byte[] bytes: _json.WriteBase64StringValue(bytes); break;
            case Uri uri: _json.WriteStringValue(uri.OriginalString); break;
            case Type type: _json.WriteStringValue(type.FullName ?? type.Name); break;
            case XmlNode node: _json.WriteStringValue(node.OuterXml); break;
            case DBNull: _json.WriteNullValue(); break;
            default: return false;
        }

        return true;
    }

    private void WriteDictionary(IDictionary dictionary, int depth)
    {
        _json.WriteStartObject();
        foreach (DictionaryEntry entry in dictionary)
        {
            _json.WritePropertyName(Convert.ToString(entry.Key, CultureInfo.InvariantCulture) ?? "");
            Write(entry.Value, depth + 1);
        }

        _json.WriteEndObject();
    }

    private void WriteSequence(IEnumerable sequence, int depth)
    {
        _json.WriteStartArray();
        try
        {
            foreach (var element in sequence)
            {
                Write(element, depth + 1);
            }
        }
        catch (Exception failure) when (failure is not PipelineStoppedException)
        {
            // Untold: a live collection that cannot be read any further: what was read stands.
        }

        _json.WriteEndArray();
    }

    private void WriteProperties(PSObject value, int depth)
    {
        _json.WriteStartObject();
        foreach (var property in value.Properties)
        {
            // An alias is the same value once more under another name.
            if (property is not PSAliasProperty && property.IsGettable && !IsNoise(property, value))
            {
                _json.WritePropertyName(property.Name);
                Write(ValueOf(property), depth + 1);
            }
        }

        _json.WriteEndObject();
    }

    private static bool IsNoise(PSPropertyInfo property, PSObject owner) =>
        property is PSNoteProperty && Attached.Contains(property.Name)
        // PowerShell's own rule: where results of several computers meet, which one it was is data.
        && !(property.Name.Equals(ComputerName, StringComparison.OrdinalIgnoreCase) && owner.Properties[ShowComputerName]?.Value is true);

    private static object? ValueOf(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (Exception failure) when (failure is not PipelineStoppedException)
        {
            // Untold: getters of live objects fail for reasons of their own, as for a process that has ended.
            return null;
        }
    }

    private static bool HasText(object value) =>
        value.GetType().GetMethod(nameof(ToString), Type.EmptyTypes)?.DeclaringType is { } declaring
        && declaring != typeof(object) && declaring != typeof(ValueType);

    private static string? Text(object value)
    {
        try
        {
            return value is IFormattable formattable ? formattable.ToString(null, CultureInfo.InvariantCulture) : value.ToString();
        }
        catch (Exception failure) when (failure is not PipelineStoppedException)
        {
            // Untold: what has no text of its own is written by its properties.
            return null;
        }
    }
}
