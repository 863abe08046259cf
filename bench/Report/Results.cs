using System.Text.Json;
using System.Text.Json.Serialization;

namespace DurableObjects.Bench.Report;

/// <summary>Everything that a run measured; written as JSON beside the table.</summary>
internal sealed record Results
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public required DateTimeOffset At { get; init; }

    public required Machine Machine { get; init; }

    public required bool IsShort { get; init; }

    public required int Rounds { get; init; }

    public required double Seconds { get; init; }

    public required int Connections { get; init; }

    public required IReadOnlyList<SideDescription> Sides { get; init; }

    public required GeneratorCeiling Generator { get; init; }

    public required IReadOnlyList<Comparison> Comparisons { get; init; }

    public required IReadOnlyList<FsyncCount> Fsyncs { get; init; }

    /// <summary>Why they were not counted, or null.</summary>
    public required string? FsyncsLeftOut { get; init; }

    public required IReadOnlyList<MemoryUse> Memory { get; init; }

    public long Errors => Comparisons.Sum(one => one.Errors);

    public void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "results.json"), JsonSerializer.Serialize(this, Json) + "\n");
        File.WriteAllText(Path.Combine(folder, "README.md"), MarkdownReport.Of(this));
        File.WriteAllText(Path.Combine(folder, "chart.svg"), SvgChart.Of(this));
    }
}
