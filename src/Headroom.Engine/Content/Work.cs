using System.Diagnostics;

namespace Headroom.Engine.Content;

/// <summary>Counts steps of loops that could begin again, so that a test can see how work grows without a clock. Nothing of it is in a release.</summary>
internal static class Work
{
    [ThreadStatic]
    private static long _steps;

    /// <summary>The steps that this thread has counted.</summary>
    public static long Steps => _steps;

    /// <summary>Counts steps.</summary>
    [Conditional("DEBUG")]
    public static void Count(long steps = 1) => _steps += steps;
}
