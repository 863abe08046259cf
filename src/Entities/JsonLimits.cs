namespace DurableObjects.Entities;

/// <summary>What holds for a caller's JSON in all ready-made objects.</summary>
public static class JsonLimits
{
    /// <summary>Levels. What is stored goes out again within arrays and objects, and JSON as a whole is read to 64 levels.</summary>
    public const int Depth = 32;
}
