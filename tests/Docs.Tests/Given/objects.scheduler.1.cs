using DurableObjects.Entities;

// the page

public interface IMailer
{
    Task SendAsync(string to, CancellationToken cancellation);
}
