using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// The methods of the object class <c>session</c>: the sessions of one user. A token that is not one of a live session, for whatever
/// reason, is refused with 401 <c>invalid-token</c>, always in the same words, and nothing is written. An argument outside its limits is
/// refused with 400 <c>invalid-argument</c>.
/// </summary>
public interface ISession
{
    /// <summary>
    /// Begins a session. Of more than <see cref="Session.MaxSessions"/> the one that was not seen for longest is dropped, since refusing
    /// would lock a user out who has logged in often and never out.
    /// </summary>
    /// <param name="device">What the user knows it by: 1 to <see cref="Session.DeviceCharacters"/> characters.</param>
    /// <param name="ttlSeconds">
    /// After how long without being validated it expires: 1 to <see cref="Session.MaxTtlSeconds"/>, with up to three decimals.
    /// </param>
    /// <param name="absoluteTtlSeconds">
    /// After how long it expires in any case: <paramref name="ttlSeconds"/> to <see cref="Session.MaxAbsoluteTtlSeconds"/>, which it is
    /// if left out.
    /// </param>
    Task<SessionTicket> Create(string device, decimal ttlSeconds, decimal? absoluteTtlSeconds = null);

    /// <summary>
    /// Checks a token and lets its session live on. The time to live begins anew only when a tenth of it has passed since it last did, so
    /// that most validations write nothing: a session lives for at least nine tenths of it after each.
    /// </summary>
    /// <param name="token">The token.</param>
    /// <param name="touch">Whether it lives on; if not, this is a <see cref="Check"/>.</param>
    Task<SessionState> Validate(string token, bool touch = true);

    /// <summary>Checks a token and changes nothing. Read-only.</summary>
    Task<SessionState> Check(string token);

    /// <summary>A value of the session's data, or null. Read-only; the session does not live on by it.</summary>
    /// <param name="token">The token.</param>
    /// <param name="key">1 to <see cref="Session.KeyCharacters"/> characters.</param>
    Task<JsonElement?> Get(string token, string key);

    /// <summary>Sets a value of the session's data, which ends with it. The session lives on, as if it were validated.</summary>
    /// <param name="token">The token.</param>
    /// <param name="key">1 to <see cref="Session.KeyCharacters"/> characters.</param>
    /// <param name="value">Any JSON of up to <see cref="Session.ValueBytes"/>; null removes the key.</param>
    /// <exception cref="DurableObjectException">There are <see cref="Session.MaxKeys"/> keys (409 <c>too-many-keys</c>).</exception>
    Task Set(string token, string key, JsonElement? value);

    /// <summary>
    /// Gives the session another token; the one before is none from now on. For whenever a user gains rights, such as by a second
    /// factor. Data and times stay, and the session lives on, as if it were validated.
    /// </summary>
    Task<SessionTicket> Rotate(string token);

    /// <summary>Ends a session: a log-out, or another device.</summary>
    /// <returns>Whether there was one.</returns>
    Task<bool> Revoke(string sessionId);

    /// <summary>Ends all sessions, such as after a change of the password.</summary>
    /// <param name="exceptToken">The token of one that stays; if it is none, nothing is ended.</param>
    /// <returns>How many were ended.</returns>
    Task<int> RevokeAll(string? exceptToken = null);

    /// <summary>The live sessions, the last seen first. Never their tokens. Read-only.</summary>
    Task<IReadOnlyList<SessionState>> Devices();
}
