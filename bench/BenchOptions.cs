using System.Globalization;

namespace DurableObjects.Bench;

/// <summary>What a run does.</summary>
internal sealed record BenchOptions
{
    /// <summary>What may be selected beside the workloads.</summary>
    public const string Fsync = "fsync";

    /// <inheritdoc cref="Fsync"/>
    public const string Memory = "memory";

    public required string Bench { get; init; }

    public required string Workerd { get; init; }

    public int Rounds { get; init; } = 9;

    /// <summary>How long each throughput is measured.</summary>
    public double Seconds { get; init; } = 3;

    /// <summary>Names of what to do; empty for everything.</summary>
    public IReadOnlyList<string> Workloads { get; init; } = [];

    /// <summary>Whether this only shows that everything works: small, quick, its figures mean nothing.</summary>
    public bool IsShort { get; init; }

    public string? Out { get; init; }

    public string? Data { get; init; }

    public int Connections { get; init; } = 64;

    public int Objects => IsShort ? 100 : 1_000;

    /// <summary>Workflows that run at once.</summary>
    public int Chains => IsShort ? 10 : 200;

    /// <summary>Activities of each.</summary>
    public int Steps => IsShort ? 10 : 50;

    public int Rows { get; init; } = 10_000;

    public int Sockets => IsShort ? 100 : 1_000;

    public int Messages => IsShort ? 3 : 10;

    /// <summary>As many as both sides can wake at once: each holds three open files for an object, and needs some for itself.</summary>
    public int Alarms => Math.Min(IsShort ? 200 : 10_000, (OpenFiles.Limit - 4_000) / 3);

    public int WakeObjects => IsShort ? 20 : 200;

    public int KnownObjects => IsShort ? 200 : 10_000;

    public int BlobMebibytes => IsShort ? 10 : 100;

    /// <summary>How long both sides are left alone before memory is read: past 70 s workerd has forgotten an idle object.</summary>
    public TimeSpan MemorySettle => TimeSpan.FromSeconds(IsShort ? 1 : 75);

    public TimeSpan WarmUp => TimeSpan.FromSeconds(Math.Min(0.5, Seconds / 4));

    public TimeSpan Duration => TimeSpan.FromSeconds(Seconds);

    public string OutFolder => Out ?? (IsShort ? DataFolder : Path.GetFullPath(Path.Combine(Bench, "..", "docs", "benchmarks")));

    public string DataFolder => Data ?? Path.Combine(Bench, ".data");

    /// <exception cref="ArgumentException">An option is unknown or has no such value.</exception>
    public static BenchOptions Parse(IReadOnlyList<string> arguments)
    {
        BenchOptions options = new()
        {
            Bench = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..")),
            Workerd = "",
        };
        if (arguments.Contains("--short"))
        {
            options = options with { IsShort = true, Rounds = 1, Seconds = 0.5, Rows = 100 };
        }
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            if (name == "--short")
            {
                continue;
            }
            string value = i + 1 < arguments.Count ? arguments[++i] : throw new ArgumentException($"{name} needs a value.");
            options = name switch
            {
                "--workerd" => options with { Workerd = Path.GetFullPath(value) },
                "--rounds" => options with { Rounds = (int)Number(name, value, 1) },
                "--seconds" => options with { Seconds = Number(name, value, 0.1) },
                "--rows" => options with { Rows = (int)Number(name, value, 100) },
                "--workloads" => options with { Workloads = value.Split(',', StringSplitOptions.RemoveEmptyEntries) },
                "--out" => options with { Out = Path.GetFullPath(value) },
                "--data" => options with { Data = Path.GetFullPath(value) },
                _ => throw new ArgumentException($"There is no option {name}."),
            };
        }
        return options;
    }

    public bool Includes(string name) => Workloads.Count == 0 || Workloads.Contains(name);

    private static double Number(string name, string value, double least) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && number >= least
            ? number
            : throw new ArgumentException($"{name} is '{value}'; it must be a number of at least {least}.");
}
