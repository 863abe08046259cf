using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace DurableObjects.Embedded.Files;

/// <summary>
/// The flushes of Linux. The framework's own flush has no fdatasync, does not open folders, and takes "read-only file system"
/// for success, which is what a disk turns into after an error.
/// </summary>
[SupportedOSPlatform("linux")]
internal static partial class LinuxSync
{
    private const int Interrupted = 4;
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <summary>Flushes data, and of the metadata what reading the data back needs.</summary>
    public static void FlushData(SafeFileHandle file, string path)
    {
        while (FDataSync(file) != 0)
            ThrowUnlessInterrupted(path);
    }

    /// <summary>Flushes data and all metadata.</summary>
    public static void Flush(SafeFileHandle file, string path)
    {
        while (FSync(file) != 0)
            ThrowUnlessInterrupted(path);
    }

    /// <summary>Flushes a folder: which names it holds.</summary>
    public static void FlushFolder(string path)
    {
        var descriptor = Open(path, ReadOnlyCloseOnExec);
        if (descriptor < 0)
            throw Error(path);
        using var folder = new SafeFileHandle(descriptor, ownsHandle: true);
        Flush(folder, path);
    }

    private static void ThrowUnlessInterrupted(string path)
    {
        if (Marshal.GetLastPInvokeError() != Interrupted)
            throw Error(path);
    }

    private static IOException Error(string path) =>
        new($"Could not flush {path}: {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
