using System.Diagnostics;
using DurableObjects.Bench.Workloads;

namespace DurableObjects.Bench.Sides;

/// <summary>How a side is started.</summary>
/// <param name="Name">What the results call it.</param>
/// <param name="Version">What is measured.</param>
/// <param name="Durability">Its settings for durability, in words.</param>
/// <param name="Arguments">The program and its arguments, for a data folder and a port.</param>
/// <param name="Environment">Environment variables, for a data folder.</param>
internal sealed record SideCommand(
    string Name, string Version, string Durability,
    Func<string, int, IReadOnlyList<string>> Arguments,
    Func<string, IReadOnlyDictionary<string, string>> Environment)
{
    public const string Embedded = "embedded";

    public const string Workerd = "workerd";

    /// <summary>The embedded host with the objects of <c>Host/</c>, in its default settings.</summary>
    public static SideCommand OfEmbedded(string bench) => new(
        Embedded,
        $".NET {System.Environment.Version}",
        "SQLite in WAL mode without fsync; the changed pages go into one journal for all objects, and an answer leaves after the "
        + "fdatasync of the batch that holds its commit",
        (_, port) => ["dotnet", HostProgram(bench), "--urls", $"http://127.0.0.1:{port}"],
        folder => new Dictionary<string, string>
        {
            ["DurableObjects__Data"] = folder,
            ["Webhooks__Sources__bench__Scheme"] = "standard-webhooks",
            ["Webhooks__Sources__bench__Secrets__0"] = WebhookWorkload.SecretText,
        });

    /// <summary>workerd with SQLite objects on disk, in its default settings.</summary>
    public static SideCommand OfWorkerd(string bench, string program) => new(
        Workerd,
        VersionOf(program),
        "SQLite in WAL mode, a database for each object; an answer leaves after its commit, which SQLite flushes as workerd has set it",
        (folder, port) =>
        [
            program, "serve", Path.Combine(bench, "Workerd", "config.capnp"), "--import-path", Path.Combine(bench, "node_modules"),
            "--socket-addr", $"http=127.0.0.1:{port}", "--directory-path", $"data={folder}",
        ],
        _ => new Dictionary<string, string>());

    private static string HostProgram(string bench)
    {
        // Built beside this program, so in the same configuration and for the same framework.
        string output = Path.GetRelativePath(bench, AppContext.BaseDirectory);
        return Path.Combine(bench, "Host", output, "DurableObjects.BenchHost.dll");
    }

    private static string VersionOf(string program)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, "--version") { RedirectStandardOutput = true })!;
        string version = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return version;
    }
}
