WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
// the page

public interface IPriceService
{
    Task<string?> FindAsync(string key, CancellationToken cancellation);
}
