using DurableObjects.Embedded;
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
WebApplication app = builder.Build();
// the page
app.Run();

public sealed class MyObject(ObjectContext context) : DurableObject(context);
