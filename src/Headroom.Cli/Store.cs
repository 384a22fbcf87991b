using Headroom.Engine.Ccr;

namespace Headroom.Cli;

internal static class Store
{
    public static ICcrStore Open(string? directory) => new MemoryCcrStore();
}
