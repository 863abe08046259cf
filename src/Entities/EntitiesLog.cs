using Microsoft.Extensions.Logging;

namespace DurableObjects.Entities;

/// <summary>What the ready-made objects log. The category is the object class.</summary>
internal static partial class EntitiesLog
{
    [LoggerMessage(1, LogLevel.Error, "{Address}: '{What}' failed in all its retries and is given up until the next trigger")]
    public static partial void MachineGaveUp(this ILogger logger, ObjectAddress address, string what);

    [LoggerMessage(2, LogLevel.Error, "{Address}: the projections cannot be made anew; the alarm tries it again")]
    public static partial void RebuildFailed(this ILogger logger, Exception error, ObjectAddress address);
}
