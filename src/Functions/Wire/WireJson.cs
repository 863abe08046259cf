using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using DurableObjects.Turns;

namespace DurableObjects.Functions.Wire;

/// <summary>
/// How turns and answers travel between triggers and entities. Not a format for others: both ends are this app, but perhaps of two
/// versions while it is being deployed, so members may be added and none may change its meaning.
/// </summary>
internal static class WireJson
{
    private static readonly (Type Type, string Name)[] Turns =
    [
        (typeof(CallTurn), "call"), (typeof(FetchTurn), "fetch"), (typeof(SignalTurn), "signal"),
        (typeof(SocketOpenedTurn), "opened"), (typeof(SocketMessageTurn), "message"), (typeof(SocketClosedTurn), "closed"),
        (typeof(DeleteTurn), "delete"), (typeof(InspectTurn), "inspect"), (typeof(RecoveryPointsTurn), "points"),
        (typeof(CreateRecoveryPointTurn), "point"), (typeof(RestoreTurn), "restore"), (typeof(ParkedSignalsTurn), "parked"),
    ];

    private static readonly JsonSerializerOptions Options = Create();

    /// <summary>A value as packed bytes.</summary>
    public static byte[] Pack<T>(T value) => Packed.Pack(JsonSerializer.SerializeToUtf8Bytes(value, Options));

    /// <summary>The value of packed bytes.</summary>
    /// <exception cref="InvalidDataException">They are not of such a value.</exception>
    public static T Unpack<T>(ReadOnlySpan<byte> packed)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(Packed.Unpack(packed), Options)
                ?? throw new InvalidDataException($"There is no {typeof(T).Name} in what was packed.");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException or DurableObjectException)
        {
            throw new InvalidDataException($"What was packed is no {typeof(T).Name}: {error.Message}", error);
        }
    }

    private static JsonSerializerOptions Create()
    {
        DefaultJsonTypeInfoResolver resolver = new();
        resolver.Modifiers.Add(info =>
        {
            if (info.Type != typeof(Turn))
            {
                return;
            }
            info.PolymorphismOptions = new JsonPolymorphismOptions
            {
                TypeDiscriminatorPropertyName = "$turn",
                UnknownDerivedTypeHandling = JsonUnknownDerivedTypeHandling.FailSerialization,
            };
            foreach ((Type type, string name) in Turns)
            {
                info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(type, name));
            }
        });
        JsonSerializerOptions options = new(ObjectJson.Options)
        {
            TypeInfoResolver = resolver,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
            Converters = { new ObjectIdConverter() },
        };
        options.MakeReadOnly();
        return options;
    }

    private sealed class ObjectIdConverter : JsonConverter<ObjectId>
    {
        public override ObjectId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            ObjectId.FromBytes(Convert.FromHexString(reader.GetString() ?? ""));

        public override void Write(Utf8JsonWriter writer, ObjectId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
