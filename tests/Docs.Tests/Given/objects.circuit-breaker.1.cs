using DurableObjects.Breakers;

public interface IBreakers
{
    Task<BreakerPermit> Ask(CircuitBreakerOptions options);

    Task<BreakerPermit> Enter(CircuitBreakerOptions options);
}

public sealed class Caller(IBreakers breaker, CircuitBreakerOptions options)
{
    public async Task AskAsync()
    {
        // the page
    }
}
