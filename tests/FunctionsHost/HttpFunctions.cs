using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;

namespace DurableObjects.FunctionsHost;

/// <summary>Maps every function with an HTTP trigger, found as the Functions host finds it, and binds its parameters as the worker does.</summary>
internal static class HttpFunctions
{
    /// <summary>In front of each route, as in host.json.</summary>
    private const string Prefix = "api";

    /// <summary>Maps the functions of an assembly.</summary>
    public static void MapFunctions(this IEndpointRouteBuilder routes, Assembly assembly)
    {
        foreach (MethodInfo method in assembly.GetTypes().SelectMany(type => type.GetMethods()).OrderBy(NameOf, StringComparer.Ordinal))
        {
            HttpTriggerAttribute? trigger = method.GetParameters()
                .Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(one => one is not null);
            if (NameOf(method) is { } name && trigger is not null)
            {
                string pattern = $"/{Prefix}/{trigger.Route ?? name}";
                RequestDelegate run = context => RunAsync(method, context);
                _ = trigger.Methods is { Length: > 0 } verbs
                    ? routes.MapMethods(pattern, verbs, run)
                    : routes.Map(pattern, run);
            }
        }
    }

    private static string? NameOf(MethodInfo method) => method.GetCustomAttribute<FunctionAttribute>()?.Name;

    private static async Task RunAsync(MethodInfo method, HttpContext context)
    {
        object? target = method.IsStatic ? null : ActivatorUtilities.CreateInstance(context.RequestServices, method.DeclaringType!);
        object?[] arguments = [.. method.GetParameters().Select(parameter => Bind(parameter, context))];
        object? result = await ResultOfAsync(method.Invoke(target, BindingFlags.DoNotWrapExceptions, null, arguments, null));
        if (result is IResult answer)
        {
            await answer.ExecuteAsync(context);
        }
    }

    private static object? Bind(ParameterInfo parameter, HttpContext context) => parameter.ParameterType switch
    {
        Type type when type == typeof(HttpRequest) => context.Request,
        Type type when type == typeof(DurableTaskClient) => context.RequestServices.GetRequiredService<DurableTaskClient>(),
        Type type when type == typeof(CancellationToken) => context.RequestAborted,
        Type type when type == typeof(string) => context.GetRouteValue(parameter.Name!)?.ToString(),
        Type type => throw new NotSupportedException($"The parameter {parameter.Name} of {parameter.Member.Name} is a {type}, which is not bound here."),
    };

    private static async Task<object?> ResultOfAsync(object? returned)
    {
        if (returned is not Task task)
        {
            return returned;
        }
        await task;
        return task.GetType().GetProperty(nameof(Task<object>.Result))?.GetValue(task);
    }
}
