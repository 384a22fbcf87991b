using System.Buffers;

namespace Headroom.Engine.Content;

/// <summary>Sets of ASCII bytes that the grammars of this folder share.</summary>
internal static class ByteSets
{
    public static readonly SearchValues<byte> Base64Bytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=\r\n"u8);
    public static readonly SearchValues<byte> CodeBytes = SearchValues.Create("(){}=;\"'#*<>"u8);
    public static readonly SearchValues<byte> CodeMarks = SearchValues.Create("=;{}()\""u8);
    public static readonly SearchValues<byte> DecimalBytes = SearchValues.Create("0123456789."u8);
    public static readonly SearchValues<byte> Digits = SearchValues.Create("0123456789"u8);
    public static readonly SearchValues<byte> EndingBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-~"u8);
    public static readonly SearchValues<byte> HexDigits = SearchValues.Create("0123456789abcdef"u8);
    public static readonly SearchValues<byte> KeyBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-@/"u8);
    public static readonly SearchValues<byte> Letters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);
    public static readonly SearchValues<byte> NotInPaths = SearchValues.Create("\"'<>|*?;,=(){}\t"u8);
    public static readonly SearchValues<byte> NumberBytes = SearchValues.Create("0123456789+-.eE"u8);
    public static readonly SearchValues<byte> ProgressBytes = SearchValues.Create("0123456789/% "u8);
    public static readonly SearchValues<byte> RuleBytes = SearchValues.Create("-= +|"u8);
    public static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(",]} \n\r\t"u8);
    public static readonly SearchValues<byte> SizeBytes = SearchValues.Create("0123456789.KMGT"u8);
    public static readonly SearchValues<byte> Specifics = SearchValues.Create("0123456789/\\[]()=_"u8);
    public static readonly SearchValues<byte> TagEnds = SearchValues.Create(" \t\r\n/>"u8);
    public static readonly SearchValues<byte> WordBytes = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"u8);
}
