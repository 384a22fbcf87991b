using System.Buffers.Binary;
using System.Text;
using Headroom.Engine.Ccr;

namespace Headroom.Redis;

/// <summary>
/// A pin as a server keeps it. Scripts read the first 29 bytes: the version, the original's hash (or dashes), and the length of the
/// replacement as a 32-bit number (-1 for none), least byte first.
/// </summary>
internal static class PinRecord
{
    private const byte Version = 1;
    private const int HashAt = 1;
    private const int LengthAt = HashAt + Marker.HashLength;
    private const int FieldsAt = LengthAt + sizeof(int);
    private static readonly string NoHash = new('-', Marker.HashLength);

    public static byte[] Encode(Pin pin)
    {
        using var record = new MemoryStream(FieldsAt + 64 + (pin.Replacement?.Length ?? 0));
        using var writer = new BinaryWriter(record, Encoding.UTF8);
        writer.Write(Version);
        writer.Write(Encoding.ASCII.GetBytes(pin.Hash ?? NoHash));
        writer.Write(pin.Replacement?.Length ?? -1);
        writer.Write(pin.Reason);
        writer.Write(pin.Strategy);
        writer.Write(pin.TokensBefore);
        writer.Write(pin.TokensAfter);
        writer.Write(pin.Replacement ?? []);
        return record.ToArray();
    }

    /// <summary>The pin, or null when the bytes are none that this version can read.</summary>
    public static Pin? Decode(PinKey key, byte[] record)
    {
        if (record.Length < FieldsAt || record[0] != Version)
        {
            return null;
        }

        var hash = Encoding.ASCII.GetString(record, HashAt, Marker.HashLength);
        var length = BinaryPrimitives.ReadInt32LittleEndian(record.AsSpan(LengthAt));
        using var reader = new BinaryReader(new MemoryStream(record, FieldsAt, record.Length - FieldsAt), Encoding.UTF8);
        try
        {
            var pin = new Pin
            {
                Key = key,
                Hash = hash == NoHash ? null : hash,
                Reason = reader.ReadString(),
                Strategy = reader.ReadString(),
                TokensBefore = reader.ReadInt32(),
                TokensAfter = reader.ReadInt32(),
                Replacement = length < 0 ? null : reader.ReadBytes(length),
            };
            return pin.Replacement is { } read && read.Length != length ? null : pin;
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
