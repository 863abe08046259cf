using System.Text.Json.Serialization;

namespace Microsoft.DurableTask.Entities;

[JsonConverter(typeof(EntityInstanceIdJson))]
public readonly record struct EntityInstanceId
{
    public EntityInstanceId(string name, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(key);
        if (name.Contains('@', StringComparison.Ordinal))
        {
            throw new ArgumentException($"The name of an entity has no '@', and '{name}' has one.", nameof(name));
        }

        Name = name.ToLowerInvariant();
        Key = key;
    }

    public string Name { get; }

    public string Key { get; }

    public static EntityInstanceId FromString(string instanceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        int separator = instanceId.IndexOf('@', 1);
        if (instanceId[0] != '@' || separator < 0)
        {
            throw new ArgumentException($"An entity's id has the form @name@key, and '{instanceId}' has not.", nameof(instanceId));
        }

        return new EntityInstanceId(instanceId[1..separator], instanceId[(separator + 1)..]);
    }

    public override string ToString() => $"@{Name}@{Key}";
}
