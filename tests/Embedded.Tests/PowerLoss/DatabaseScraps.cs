namespace DurableObjects.Embedded.Tests.PowerLoss;

/// <summary>
/// What a power failure leaves of the databases, which are not on the simulated disk: copies from earlier, as they were at the moment
/// or mixed sector by sector of both and zeros, none at all, or another object's. Of each file something else.
/// </summary>
/// <param name="folder">The data folder.</param>
internal sealed class DatabaseScraps(string folder)
{
    private const int Sector = 512;

    private readonly string _folder = Path.Combine(folder, "objects");
    private Dictionary<string, byte[]> _earlier = [];

    /// <summary>Takes copies that may come back later.</summary>
    public void Remember() => _earlier = Read();

    /// <summary>The files as they are.</summary>
    public Dictionary<string, byte[]> Read() => Directory.Exists(_folder)
        ? Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => (path, TryRead(path))).Where(one => one.Item2 is not null).ToDictionary(one => one.path, one => one.Item2!)
        : [];

    /// <summary>Leaves what a failure may leave.</summary>
    /// <param name="now">The files at the moment of the failure.</param>
    /// <param name="random">Decides.</param>
    public void Scatter(Dictionary<string, byte[]> now, Random random)
    {
        string[] paths = [.. now.Keys.Union(_earlier.Keys).Order(StringComparer.Ordinal)];
        foreach (string path in paths)
        {
            string foreign = paths[random.Next(paths.Length)];
            byte[]? content = random.Next(6) switch
            {
                0 => null,
                1 => _earlier.GetValueOrDefault(path),
                2 or 3 => now.GetValueOrDefault(path),
                4 => Torn(_earlier.GetValueOrDefault(path), now.GetValueOrDefault(path), random),
                _ => now.GetValueOrDefault(foreign) ?? _earlier[foreign],
            };
            if (content is null)
            {
                File.Delete(path);
            }
            else
            {
                File.WriteAllBytes(path, content);
            }
        }
    }

    private static byte[] Torn(byte[]? earlier, byte[]? now, Random random)
    {
        byte[] torn = new byte[Math.Max(earlier?.Length ?? 0, now?.Length ?? 0)];
        for (int at = 0; at < torn.Length; at += Sector)
        {
            byte[]? source = random.Next(3) switch { 0 => earlier, 1 => now, _ => null };
            if (source is not null && at < source.Length)
            {
                source.AsSpan(at, Math.Min(Sector, source.Length - at)).CopyTo(torn.AsSpan(at));
            }
        }
        return torn;
    }

    private static byte[]? TryRead(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] content = new byte[file.Length];
            int count = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return content[..count];
        }
        catch (FileNotFoundException)
        {
            // It went meanwhile.
            return null;
        }
    }
}
