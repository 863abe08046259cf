using System.Text.Json;
using System.Text.Json.Serialization;

namespace DurableObjects.Entities;

/// <summary>A change of a document, in the form in which CodeMirror's collab extension sends and takes it.</summary>
/// <param name="ClientId">The editor that made it, which knows by this that it is its own when it comes back.</param>
/// <param name="Changes">A <c>ChangeSet</c> as its <c>toJSON</c> gives it.</param>
/// <param name="Effects">
/// What goes along with it: any JSON, nested <see cref="JsonLimits.Depth"/> deep at most, passed on as it is.
/// </param>
public sealed record DocumentUpdate(
    [property: JsonPropertyName("clientID")] string ClientId,
    JsonElement Changes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Effects = null);
