namespace DurableObjects.Functions.Http;

/// <summary>Where the app runs.</summary>
/// <param name="IsAppService">Whether the front ends of App Service are in front of it, as they are on Azure.</param>
public sealed record Platform(bool IsAppService);
