namespace DurableObjects.Embedded.Tests.Disk;

/// <summary>Thrown before an operation of a disk that has no power: unlike an operation that fails, it does nothing at all.</summary>
internal sealed class PowerOffException() : IOException("The power is gone.");
