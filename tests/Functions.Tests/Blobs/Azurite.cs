using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace DurableObjects.Functions.Tests.Blobs;

/// <summary>The blob service of Azurite, in memory, on a port of its own and with an account of its own, until it is disposed.</summary>
public sealed partial class Azurite : IAsyncDisposable
{
    /// <summary>Set to <c>off</c>, this leaves out the tests that need Azurite, on machines without Node.</summary>
    public const string Switch = "AZURITE";

    private const string Account = "tests";

    private readonly Process _process;

    private Azurite(Process process, string connectionString)
    {
        _process = process;
        ConnectionString = connectionString;
    }

    /// <summary>Whether tests that need Azurite run.</summary>
    public static bool IsWanted => Environment.GetEnvironmentVariable(Switch) != "off";

    /// <summary>The connection string of its account.</summary>
    public string ConnectionString { get; }

    /// <summary>Starts it; installs it first if <c>npm ci</c> has not been run at the root of the repository.</summary>
    public static async Task<Azurite> StartAsync()
    {
        string root = Root();
        string main = Path.Combine(root, "node_modules", "azurite", "dist", "src", "blob", "main.js");
        if (!File.Exists(main))
        {
            await InstallAsync(root);
        }
        string key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));
        ProcessStartInfo start = new("node")
        {
            ArgumentList =
            {
                main, "--blobPort", "0", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent",
            },
            Environment = { ["AZURITE_ACCOUNTS"] = $"{Account}:{key}" },
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Run(start);
        List<string> said = [];
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said.Add(line);
            if (Listening().Match(line) is { Success: true } match)
            {
                // Nobody reads what it may say later, and a full pipe would stop it.
                _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
                string endpoint = $"{match.Groups[1].Value}/{Account}";
                return new Azurite(
                    process, $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={key};BlobEndpoint={endpoint};");
            }
        }
        said.Add(await process.StandardError.ReadToEndAsync());
        throw new InvalidOperationException($"Azurite did not start: {string.Join('\n', said)}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task InstallAsync(string root)
    {
        using Process npm = Run(new ProcessStartInfo("npm")
        {
            ArgumentList = { "ci", "--no-audit", "--no-fund", "--silent" },
            WorkingDirectory = root,
        });
        await npm.WaitForExitAsync();
        if (npm.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"'npm ci' in {root} ended with {npm.ExitCode}. {Switch}=off leaves out the tests that need Azurite.");
        }
    }

    private static Process Run(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new InvalidOperationException(
                $"{start.FileName} is needed on the PATH (Node 20 or later). {Switch}=off leaves out the tests that need Azurite.", error);
        }
    }

    private static string Root()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Functions.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }
        return folder ?? throw new InvalidOperationException($"There is no Functions.sln above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"successfully listens on (http://\S+)")]
    private static partial Regex Listening();
}
