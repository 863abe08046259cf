namespace DurableObjects.Functions.Tests.Simulations;

/// <summary>What does not shrink when it is compressed, the same each time for the same seed.</summary>
public static class Noise
{
    public static byte[] Bytes(long seed, int count)
    {
        byte[] bytes = new byte[count];
        new Random((int)seed).NextBytes(bytes);
        return bytes;
    }

    public static string Text(long seed, int characters) => Convert.ToHexString(Bytes(seed, (characters + 1) / 2))[..characters];
}
