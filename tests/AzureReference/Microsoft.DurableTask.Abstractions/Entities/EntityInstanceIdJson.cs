using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.DurableTask.Entities;

/// <summary>An entity's id is a string in JSON. The real converter is nested and private.</summary>
internal sealed class EntityInstanceIdJson : JsonConverter<EntityInstanceId>
{
    public override EntityInstanceId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        EntityInstanceId.FromString(reader.GetString()!);

    public override void Write(Utf8JsonWriter writer, EntityInstanceId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
