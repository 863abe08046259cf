// the page

public interface IMailer
{
    Task SendAllAsync(string once, IReadOnlyList<BatchItem> items, CancellationToken cancellation);
}
