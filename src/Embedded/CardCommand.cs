using System.Text.Json;
using DurableObjects.Cards;
using DurableObjects.Turns;

namespace DurableObjects.Embedded;

/// <summary>
/// Prints the design card of one class as a JSON object, or those of all as an array, and is done. Nothing listens for it, nobody takes
/// the data folder, and what would have to be measured is null.
/// </summary>
internal sealed class CardCommand : IDisposable
{
    private const string Name = "card";

    private static readonly JsonSerializerOptions Indented = new(DesignCard.Json) { WriteIndented = true };

    private readonly string? _class;

    /// <summary>
    /// What the host would take for its own if a class wants it in its constructor, and then it is made: another process may have the
    /// configured one.
    /// </summary>
    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"durable-objects-{Guid.NewGuid():N}");

    private CardCommand(string? className) => _class = className;

    /// <summary>The command that the program's arguments ask for: <c>card</c>, and perhaps a class; null if they ask for none.</summary>
    public static CardCommand? Of(string[] args, IConfigurationBuilder configuration)
    {
        if (args is not [Name, ..])
        {
            return null;
        }
        CardCommand command = new(args.Length > 1 && !args[1].StartsWith('-') ? args[1] : null);
        configuration.AddInMemoryCollection([new($"{EmbeddedHostOptions.Section}:{nameof(EmbeddedHostOptions.Data)}", command._folder)]);
        return command;
    }

    /// <summary>Writes what was asked for.</summary>
    /// <exception cref="DurableObjectException">There is no such class, or no object of one can be made.</exception>
    public async Task RunAsync(IServiceProvider services, TextWriter output)
    {
        IEnumerable<ObjectClass> all = services.GetRequiredService<ObjectRuntime>().Classes.All.Where(one => !one.IsRuntime);
        DesignCards cards = services.GetRequiredService<DesignCards>();
        if (_class is not null)
        {
            ObjectClass one = all.FirstOrDefault(candidate => candidate.Name == _class)
                ?? throw new DurableObjectException(404, ErrorCodes.UnknownClass, $"There is no object class '{_class}'.");
            await output.WriteLineAsync(JsonSerializer.Serialize(await cards.OfAsync(one.Name), Indented));
            return;
        }
        List<DesignCard> found = [];
        foreach (ObjectClass one in all)
        {
            found.Add(await cards.OfAsync(one.Name));
        }
        await output.WriteLineAsync(JsonSerializer.Serialize(found, Indented));
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
