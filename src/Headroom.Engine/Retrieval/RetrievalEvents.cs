using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Retrieval;

/// <summary>Events 1100 to 1199: giving originals back.</summary>
internal static partial class RetrievalEvents
{
    [LoggerMessage(1101, LogLevel.Warning, "A model's call of the retrieve tool could not be answered: {Failure}.")]
    public static partial void AnsweringFailed(this ILogger logger, Failure failure);
}
