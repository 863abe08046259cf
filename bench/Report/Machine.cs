using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace DurableObjects.Bench.Report;

/// <summary>Where the figures were measured.</summary>
/// <param name="Processor">The processor's name and how many the system has.</param>
/// <param name="MemoryBytes">RAM.</param>
/// <param name="System">The operating system.</param>
/// <param name="FileSystem">Of the data folders.</param>
/// <param name="FlushMs">The median time in which 4 KiB appended to a file were written and flushed there.</param>
internal sealed record Machine(string Processor, long MemoryBytes, string System, string FileSystem, double FlushMs)
{
    public static Machine Here(string folder) => new(
        string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} × {ProcessorName()}"),
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        RuntimeInformation.OSDescription,
        new DriveInfo(folder).DriveFormat,
        Flush(folder));

    private static string ProcessorName()
    {
        const string File = "/proc/cpuinfo";
        string? line = global::System.IO.File.Exists(File)
            ? global::System.IO.File.ReadLines(File).FirstOrDefault(one => one.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':', StringComparison.Ordinal) + 2)..];
    }

    private static double Flush(string folder)
    {
        const int Times = 100;
        string path = Path.Combine(folder, "flush");
        double[] milliseconds = new double[Times];
        using (FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            byte[] block = new byte[4_096];
            for (int i = 0; i < Times; i++)
            {
                long began = Stopwatch.GetTimestamp();
                file.Write(block);
                file.Flush(flushToDisk: true);
                milliseconds[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }
        }
        File.Delete(path);
        Array.Sort(milliseconds);
        return milliseconds[Times / 2];
    }
}
