using System.Reflection;
using DurableObjects.Storage;

namespace DurableObjects;

/// <summary>The versions of what this process runs objects with, for a host's health page.</summary>
public static class RuntimeVersions
{
    /// <summary>The version of this library, such as <c>0.1.0</c>.</summary>
    public static string DurableObjects { get; } = typeof(RuntimeVersions).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The version of the SQLite library, such as <c>3.35.5</c>.</summary>
    public static string Sqlite => SqliteDatabase.LibraryVersion;
}
