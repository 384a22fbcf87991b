namespace Headroom.Engine.Compression.Builds;
internal static class BuildView { public static ContentForm? Write(TextLines lines, ViewRequest request, CancellationToken c) => null; }
