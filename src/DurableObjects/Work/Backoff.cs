namespace DurableObjects.Work;

/// <summary>Delays that double.</summary>
internal static class Backoff
{
    /// <summary>The delay after so many failures: the first one, then twice that, four times that.</summary>
    public static long After(int failures, TimeSpan first) => (long)first.TotalMilliseconds << (failures - 1);
}
