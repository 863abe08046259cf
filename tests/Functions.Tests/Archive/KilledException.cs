namespace DurableObjects.Functions.Tests.Archive;

/// <summary>The process that asked is dead.</summary>
public sealed class KilledException : Exception;
