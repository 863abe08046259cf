using System.Text.Encodings.Web;
using System.Text.Json;

namespace DurableObjects.Cards;

/// <summary>
/// What an object class is, in one page: derived from the class and measured on its objects, never written by hand. What each word means
/// is in <c>docs/cards.md</c>.
/// </summary>
/// <param name="DurableObject">What it is.</param>
/// <param name="PerformanceCharacteristics">How it behaves.</param>
/// <param name="CoordinationFeatures">What it has to do with callers, other objects and workflows.</param>
/// <param name="OptimizationTechniques">What it does so that it costs less.</param>
public sealed record DesignCard(
    CardObject DurableObject, CardPerformance PerformanceCharacteristics, IReadOnlyList<string> CoordinationFeatures,
    IReadOnlyList<string> OptimizationTechniques)
{
    /// <summary>A card is a document format of its own: its names are in snake_case.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

/// <summary>What an object class is.</summary>
/// <param name="Name">Its published name.</param>
/// <param name="Purpose">What its own documentation says it is for; null if that says nothing.</param>
/// <param name="Patterns">What kind of object it is.</param>
/// <param name="StorageSchema">The tables that its migrations make.</param>
public sealed record CardObject(string Name, string? Purpose, IReadOnlyList<string> Patterns, StorageSchema StorageSchema);

/// <summary>How an object class behaves. What is measured is of the process that made the card, since its start.</summary>
/// <param name="ColdStartMs">How long its objects took to wake from outside of memory; null if none has.</param>
/// <param name="HibernationSavings">How many of its objects are not in memory; null if nobody has counted.</param>
/// <param name="ConsistencyModel">What those can rely on who use one object.</param>
/// <param name="RecoveryWindowDays">How far back each object can be returned.</param>
public sealed record CardPerformance(
    ColdStarts? ColdStartMs, HibernationSavings? HibernationSavings, string ConsistencyModel, double RecoveryWindowDays);

/// <summary>Cold starts, in milliseconds. A quantile is at most 1/16 too high and never too low.</summary>
/// <param name="P50">The median.</param>
/// <param name="P99">99 of 100 were at most this long.</param>
/// <param name="Count">How many there were.</param>
public sealed record ColdStarts(double P50, double P99, long Count);

/// <summary>What hibernation leaves out of memory.</summary>
/// <param name="Objects">Objects that exist; null where they are too many to be counted for a card.</param>
/// <param name="Awake">Those in this process' memory, idle ones included until they hibernate.</param>
/// <param name="AsleepShare">The share of the others, 0 to 1; null if there are none or they were not counted.</param>
public sealed record HibernationSavings(long? Objects, long Awake, double? AsleepShare);
