using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using DurableObjects.Embedded.Files;

namespace DurableObjects.Embedded.Journal;

/// <summary>
/// A file of the journal and where it lies in the journal's address space. Addresses count the bytes since the journal began
/// and are never used twice, so they stay valid as names of records while old files go.
/// </summary>
internal sealed record JournalSegment(long Start, IFile File) : IDisposable
{
    private const string Extension = ".journal";
    private const int Digits = 16;

    /// <summary>The name of the file that begins at an address.</summary>
    public static string NameOf(long start) => start.ToString("x16", CultureInfo.InvariantCulture) + Extension;

    /// <summary>The address that a file name stands for. Other files in the folder are none of the journal's.</summary>
    public static bool TryParse(string name, out long start)
    {
        start = 0;
        return name.Length == Digits + Extension.Length
            && long.TryParse(name.AsSpan(0, Digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out start)
            && start >= 0
            && name == NameOf(start);
    }

    /// <summary>The segment that holds an address, in segments ordered by start.</summary>
    public static bool TryFind(JournalSegment[] segments, long address, [NotNullWhen(true)] out JournalSegment? segment)
    {
        segment = null;
        int low = 0, high = segments.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (segments[middle].Start <= address)
            {
                segment = segments[middle];
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }
        return segment is not null;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => File.Dispose();
}
