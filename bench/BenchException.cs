namespace DurableObjects.Bench;

/// <summary>Something that makes a figure worthless; its text is for the person who reads the results.</summary>
internal sealed class BenchException : Exception
{
    public BenchException(string message)
        : base(message)
    {
    }

    public BenchException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
