namespace Microsoft.Azure.SignalR.Management;

public abstract class ClientManager
{
    public abstract Task CloseConnectionAsync(
        string connectionId, string reason = null, CancellationToken cancellationToken = default);

    public abstract Task<bool> ConnectionExistsAsync(string connectionId, CancellationToken cancellationToken = default);

    public abstract Task<bool> UserExistsAsync(string userId, CancellationToken cancellationToken = default);

    public abstract Task<bool> GroupExistsAsync(string groupName, CancellationToken cancellationToken = default);
}
