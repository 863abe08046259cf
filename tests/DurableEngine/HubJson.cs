using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Converters;

namespace DurableObjects.DurableEngine;

/// <summary>
/// Inputs, states and results become text as they do in the isolated worker: its serializer has System.Text.Json's defaults, but takes
/// names in any case.
/// </summary>
public static class HubJson
{
    /// <summary>The worker's converter.</summary>
    public static readonly DataConverter Converter =
        new JsonDataConverter(new JsonSerializerOptions { PropertyNameCaseInsensitive = true });
}
