using System.Collections.Concurrent;
using DurableObjects.Diagnostics;
using DurableObjects.Turns;

namespace DurableObjects.Cards;

/// <summary>Makes the design cards of the classes that a host serves. What is derived from a class is derived once.</summary>
/// <param name="runtime">Has the classes, and makes the empty object whose tables are told.</param>
/// <param name="retention">How far back the host's objects can be returned.</param>
public sealed class DesignCards(ObjectRuntime runtime, TimeSpan retention)
{
    private const string Linearizable = "linearizable per object";
    private const string LinearizableWithReaders = $"{Linearizable}; read-only methods on the last committed state";

    private readonly ConcurrentDictionary<string, (CardObject Object, ClassTraits Traits)> _derived = new(StringComparer.Ordinal);

    /// <summary>The card of a class.</summary>
    /// <param name="className">Its published name.</param>
    /// <param name="figures">What this process has measured of the class; null where nothing has been, as before the host runs.</param>
    /// <param name="objects">How many objects of the class exist; null if they are too many to be counted.</param>
    /// <exception cref="DurableObjectException">
    /// There is no such class (404), or it cannot be constructed or migrated (500), so that it has no objects either.
    /// </exception>
    public async Task<DesignCard> OfAsync(string className, ClassFigures? figures = null, long? objects = null)
    {
        ObjectClass objectClass = runtime.Classes.Get(className);
        if (!_derived.TryGetValue(className, out (CardObject Object, ClassTraits Traits) derived))
        {
            derived = await DeriveAsync(objectClass);
            _derived[className] = derived;
        }
        return new DesignCard(
            derived.Object,
            new CardPerformance(
                ColdStartsOf(figures), SavingsOf(figures, objects),
                derived.Traits.HasReadOnlyMethods ? LinearizableWithReaders : Linearizable, retention.TotalDays),
            derived.Traits.Coordination,
            derived.Traits.Optimization);
    }

    private static ColdStarts? ColdStartsOf(ClassFigures? figures) => figures?.ColdStartSeconds is { P50: { } p50, P99: { } p99 } measured
        ? new ColdStarts(Milliseconds(p50), Milliseconds(p99), measured.Count)
        : null;

    /// <summary>To the microsecond: finer than a wake, coarser than the noise of binary fractions.</summary>
    private static double Milliseconds(double seconds) => Math.Round(seconds * 1_000, 3);

    private static HibernationSavings? SavingsOf(ClassFigures? figures, long? objects)
    {
        if (figures is null)
        {
            return null;
        }
        // More may be awake than exist: an object that was only asked, and one that has just ended, are in memory too.
        double? asleep = objects is > 0 ? Math.Round(Math.Max(0, 1 - (double)figures.LiveObjects / objects.Value), 4) : null;
        return new HibernationSavings(objects, figures.LiveObjects, asleep);
    }

    private async Task<(CardObject, ClassTraits)> DeriveAsync(ObjectClass objectClass)
    {
        StorageSchema schema;
        try
        {
            schema = await EmptyObject.SchemaAsync(runtime, objectClass, Path.GetTempPath());
        }
        catch (Exception error)
        {
            Failure failure = Failure.From(error);
            throw new DurableObjectException(
                Math.Max(failure.Status, 500), failure.Code,
                $"The class '{objectClass.Name}' has no card, since no object of it can be made: {failure.Detail}", error);
        }
        ClassTraits traits = new(objectClass, schema);
        return (new CardObject(objectClass.Name, ClassPurpose.Of(objectClass.Type), traits.Patterns, schema), traits);
    }
}
