using System.Text.Json;
using DurableObjects.Cards;
using DurableObjects.Turns;

namespace DurableObjects.Embedded;

/// <summary>
/// Prints the design card of one class as a JSON object, or those of all as an array, and is done. No host is there for it: nothing listens,
/// nobody takes the data folder, and what would have to be measured is null.
/// </summary>
internal static class CardCommand
{
    /// <summary>The first argument of the program that asks for it.</summary>
    public const string Name = "card";

    private static readonly JsonSerializerOptions Indented = new(DesignCard.Json) { WriteIndented = true };

    /// <summary>Writes what was asked for.</summary>
    /// <param name="services">The program's services.</param>
    /// <param name="className">The class; null for all.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="DurableObjectException">There is no such class, or no object of one can be made.</exception>
    public static async Task RunAsync(IServiceProvider services, string? className, TextWriter output)
    {
        ObjectClasses classes = services.GetRequiredService<ObjectRuntime>().Classes;
        DesignCards cards = services.GetRequiredService<DesignCards>();
        List<DesignCard> found = [];
        foreach (ObjectClass one in className is null ? classes.All.Where(one => !one.IsRuntime) : [Public(classes, className)])
        {
            found.Add(await cards.OfAsync(one.Name));
        }
        await output.WriteLineAsync(className is null
            ? JsonSerializer.Serialize(found, Indented)
            : JsonSerializer.Serialize(found[0], Indented));
    }

    private static ObjectClass Public(ObjectClasses classes, string className) =>
        classes.Get(className) is { IsRuntime: false } found
            ? found
            : throw new DurableObjectException(404, ErrorCodes.UnknownClass, $"There is no object class '{className}'.");
}
