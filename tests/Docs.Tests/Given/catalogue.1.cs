using DurableObjects.Embedded;
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
// the page
