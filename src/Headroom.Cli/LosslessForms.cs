namespace Headroom.Cli;

internal static class LosslessForms
{
    public static byte[]? Decode(ReadOnlySpan<byte> form) => null;
}
