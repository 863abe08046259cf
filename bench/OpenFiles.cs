using System.Globalization;

namespace DurableObjects.Bench;

/// <summary>How many files a process may have open.</summary>
internal static class OpenFiles
{
    private const string Limits = "/proc/self/limits";

    /// <summary>The limit of this process, which its children inherit; very many if it cannot be read.</summary>
    public static int Limit { get; } = Read();

    private static int Read()
    {
        if (!File.Exists(Limits))
        {
            return int.MaxValue;
        }
        // "Max open files            20000                20000                files"
        string[] words = File.ReadLines(Limits).First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return int.TryParse(words[3], CultureInfo.InvariantCulture, out int limit) ? limit : int.MaxValue;
    }
}
