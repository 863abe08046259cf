using System.Globalization;
using System.Text.Json;

namespace DurableObjects.Entities;

/// <summary>
/// Who is here: a room whose members come with a socket or a beat over HTTP, count once however many devices they have, and are gone
/// when nothing has been heard of them for too long. All hear who joins, changes and leaves, newcomers who is there.
/// </summary>
/// <remarks>
/// How long a member is here and in the room is stored with each sign of life, so what is asked is answered by the clock, whatever the
/// alarm does. The alarm tells the sockets, and closes those that have fallen silent. It is not moved by each beat: it fires when it
/// would have been due, finds out what is due now, and moves on.
/// </remarks>
[DurableObject("presence")]
public sealed class Presence(ObjectContext context) : DurableObject(context), IPresence
{
    /// <summary>Characters (UTF-16) of a member's id.</summary>
    public const int MemberCharacters = 64;

    /// <summary>Characters (UTF-16) of a status.</summary>
    public const int StatusCharacters = 100;

    /// <summary>Bytes of what a member tells of itself as JSON.</summary>
    public const int MetaBytes = 512;

    /// <summary>
    /// Members of a room. All of them at their largest, with six bytes a character, are one socket message: what a newcomer gets.
    /// </summary>
    public const int MaxMembers = 500;

    /// <summary>Sockets of one member. Silent ones make room for a new one.</summary>
    public const int MaxDevices = 16;

    /// <summary>Seconds within which a socket promises to be heard of, if it does not say otherwise.</summary>
    public const int DefaultBeatSeconds = 60;

    /// <summary>The longest promise in seconds.</summary>
    public const int MaxBeatSeconds = 3_600;

    /// <summary>
    /// Seconds for which a member whose last socket has closed stays in the room, if that socket did not say otherwise: enough for a
    /// reload, or a change of networks.
    /// </summary>
    public const int DefaultGraceSeconds = 10;

    /// <summary>The longest grace in seconds.</summary>
    public const int MaxGraceSeconds = 300;

    /// <summary>The longest time in seconds for which a beat over HTTP counts: a day.</summary>
    public const int MaxTtlSeconds = 24 * 60 * 60;

    /// <summary>Days for which it is remembered when somebody was last seen.</summary>
    public const int KeptDays = 30;

    /// <summary>Members that are gone and remembered.</summary>
    public const int MaxGone = 1_000;

    /// <summary>How many promised times a socket may be silent before it is closed. After the first its member is away.</summary>
    public const int MissedBeats = 2;

    /// <summary>What a socket sends to be heard of.</summary>
    public const string BeatMessage = "beat";

    /// <summary>What a socket sends to leave without grace.</summary>
    public const string LeaveMessage = "leave";

    /// <summary>The code with which a silent socket is closed (RFC 6455: 4000 to 4999 are the application's).</summary>
    public const int SilentCode = 4_000;

    /// <summary>The error code for one member too many.</summary>
    public const string TooManyMembers = "too-many-members";

    /// <summary>The error code for one socket of a member too many.</summary>
    public const string TooManyDevices = "too-many-devices";

    private const string RoomTag = "room";

    private static readonly long Kept = (long)TimeSpan.FromDays(KeptDays).TotalMilliseconds;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Migrations =>
    [
        """
        CREATE TABLE member(
            id TEXT PRIMARY KEY, told INTEGER NOT NULL, status TEXT NOT NULL, away INTEGER NOT NULL, meta TEXT, since INTEGER NOT NULL,
            last_seen INTEGER NOT NULL, beat_until INTEGER NOT NULL, grace_until INTEGER NOT NULL, here_until INTEGER NOT NULL,
            present_until INTEGER NOT NULL, due INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX member_by_due ON member(due);
        CREATE INDEX member_by_state ON member(told, last_seen);
        """,
    ];

    private long Now => Context.Now.ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public Task<PresenceMember> Beat(string member, decimal ttlSeconds, PresenceUpdate? update = null)
    {
        CheckMember(member);
        long ttl = Argument.Milliseconds(ttlSeconds, "ttlSeconds", 1, MaxTtlSeconds);
        long now = Now;
        PresenceRow row = Summed(Known(member, now) with { BeatUntil = now + ttl, LastSeen = now });
        return Task.FromResult(Settle(row, now, update).ToMember(now));
    }

    /// <inheritdoc/>
    public Task<bool> Leave(string member)
    {
        CheckMember(member);
        long now = Now;
        PresenceRow row = Known(member, now);
        if (row.StateAt(now) == PresenceState.Gone)
        {
            return Task.FromResult(false);
        }
        CloseAll(member, 1000, "left");
        Settle(Summed(row with { BeatUntil = now, GraceUntil = now, LastSeen = now }), now);
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<IReadOnlyList<PresenceMember>> List() => Task.FromResult(Present(Now));

    /// <inheritdoc/>
    [ReadOnlyMethod]
    public Task<PresenceMember?> Get(string member)
    {
        CheckMember(member);
        long now = Now;
        return Task.FromResult(Find(member) is { } row && now < row.LastSeen + Kept ? row.ToMember(now) : null);
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketOpened(ObjectSocket socket, SocketOpening opening)
    {
        IReadOnlyDictionary<string, string> query = opening.Query;
        string member = query.GetValueOrDefault("member") ?? throw Argument.Invalid("Connect with '?member='; it is missing.");
        CheckMember(member);
        long beat = Argument.Milliseconds(Number(query, "beatSeconds", DefaultBeatSeconds), "beatSeconds", 1, MaxBeatSeconds);
        long grace = Argument.Milliseconds(Number(query, "graceSeconds", DefaultGraceSeconds), "graceSeconds", 0, MaxGraceSeconds);
        PresenceUpdate update = new(query.GetValueOrDefault("status"), Flag(query, "away"), Parsed(query, "meta"));
        long now = Now;
        MakeRoom(member, now);
        Device device = new(member, beat, grace, now);
        socket.SetAttachment(device);
        Context.Sockets.SetAutoResponse("ping", "pong");
        Settle(Heard(Known(member, now), device), now, update);
        socket.Send("members", Present(now));
        // Tagged only now, so that newcomers hear of nobody before they have the list.
        socket.SetTags(RoomTag, TagOf(member));
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketMessage(ObjectSocket socket, SocketMessage message)
    {
        Device device = socket.GetAttachment<Device>()!;
        long now = Now;
        PresenceRow row = Known(device.Member, now);
        if (Context.Sockets.Find(socket.Id) is null)
        {
            // It was silent for too long, and has just been closed for that.
            return ValueTask.CompletedTask;
        }
        string? text = message.Text;
        if (text == LeaveMessage)
        {
            socket.Close(1000, "left");
            Settle(Summed(row with { GraceUntil = now, LastSeen = now }), now);
            return ValueTask.CompletedTask;
        }
        PresenceUpdate? update = text == BeatMessage ? null
            : text is null && message.As<PresenceUpdate>() is { } given ? given
            : throw Argument.Invalid($"A message is '{BeatMessage}', '{LeaveMessage}' or {{ status, away, meta }}.");
        device = device with { HeardAt = now };
        socket.SetAttachment(device);
        Settle(Heard(row, device), now, update);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnSocketClosed(ObjectSocket socket, SocketClosing closing)
    {
        Device device = socket.GetAttachment<Device>()!;
        long now = Now;
        PresenceRow row = Known(device.Member, now);
        if (row.StateAt(now) != PresenceState.Gone)
        {
            // A connection that was lost was last heard of when it last said something.
            long lastSeen = closing.Code == SocketClosing.AbnormalClosure ? row.LastSeen : now;
            Settle(Summed(row with { GraceUntil = now + device.Grace, LastSeen = lastSeen }), now);
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        long now = Now;
        PresenceRow[] due = [.. Storage.Sql.Exec("SELECT * FROM member WHERE due <= ? ORDER BY due, id", now).As<PresenceRow>()];
        foreach (PresenceRow row in due)
        {
            Settle(row, now);
        }
        if (Storage.Sql.Exec("SELECT min(due) FROM member").One().Get<long?>(0) is { } next)
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(next));
        }
        else
        {
            Storage.DeleteAll();
        }
        return ValueTask.CompletedTask;
    }

    private static string TagOf(string member) => $"member:{member}";

    private static void CheckMember(string member)
    {
        Argument.Text(member, "member", MemberCharacters);
        if (string.IsNullOrWhiteSpace(member))
        {
            throw Argument.Invalid("'member' is blank.");
        }
    }

    private static decimal Number(IReadOnlyDictionary<string, string> query, string name, decimal otherwise)
    {
        const NumberStyles Style = NumberStyles.AllowDecimalPoint;
        return !query.TryGetValue(name, out string? text) ? otherwise
            : decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out decimal number) ? number
            : throw Argument.Invalid($"'{name}' is '{Argument.Shorten(text)}'; it must be a number of seconds.");
    }

    private static bool? Flag(IReadOnlyDictionary<string, string> query, string name) =>
        !query.TryGetValue(name, out string? text) ? null
        : bool.TryParse(text, out bool flag) ? flag
        : throw Argument.Invalid($"'{name}' is '{Argument.Shorten(text)}'; it must be true or false.");

    private static JsonElement? Parsed(IReadOnlyDictionary<string, string> query, string name)
    {
        try
        {
            return query.TryGetValue(name, out string? text) ? JsonSerializer.Deserialize<JsonElement>(text) : null;
        }
        catch (JsonException error)
        {
            throw Argument.Invalid($"'{name}' is no JSON: {error.Message}");
        }
    }

    private static PresenceRow Updated(PresenceRow row, PresenceUpdate update)
    {
        if (update.Status?.Length > StatusCharacters)
        {
            throw Argument.Invalid($"'status' has {update.Status.Length:N0} characters; the limit is {StatusCharacters}.");
        }
        return row with
        {
            Status = update.Status ?? row.Status,
            Away = update.Away ?? row.Away,
            Meta = Argument.Json(update.Meta, "meta", MetaBytes) ?? row.Meta,
        };
    }

    private static PresenceRow Heard(PresenceRow row, Device device) => row with
    {
        LastSeen = device.HeardAt,
        HereUntil = Math.Max(row.HereUntil, device.HereUntil()),
        PresentUntil = Math.Max(row.PresentUntil, device.PresentUntil()),
    };

    private PresenceRow? Find(string member) =>
        Storage.Sql.Exec("SELECT * FROM member WHERE id = ?", member).As<PresenceRow>().FirstOrDefault();

    /// <summary>What is known of a member. If its time passed and the alarm has not told so yet, that is told first.</summary>
    private PresenceRow Known(string member, long now)
    {
        PresenceRow row = Find(member) ?? PresenceRow.New(member);
        return row.Told != PresenceState.Gone && row.StateAt(now) == PresenceState.Gone ? Settle(row, now) : row;
    }

    /// <summary>How long a member is here, and in the room, by all that speaks for it.</summary>
    private PresenceRow Summed(PresenceRow row)
    {
        Device[] devices = [.. Context.Sockets.List(TagOf(row.Id)).Select(socket => socket.GetAttachment<Device>()!)];
        long until = Math.Max(row.BeatUntil, row.GraceUntil);
        return row with
        {
            HereUntil = devices.Select(one => one.HereUntil()).Append(until).Max(),
            PresentUntil = devices.Select(one => one.PresentUntil()).Append(until).Max(),
        };
    }

    private IReadOnlyList<PresenceMember> Present(long now) =>
    [
        .. Storage.Sql.Exec("SELECT * FROM member WHERE told > ? ORDER BY id", (int)PresenceState.Gone).As<PresenceRow>()
            .Where(row => row.StateAt(now) != PresenceState.Gone).Select(row => row.ToMember(now)),
    ];

    private void MakeRoom(string member, long now)
    {
        int live = 0;
        foreach (ObjectSocket socket in Context.Sockets.List(TagOf(member)))
        {
            if (socket.GetAttachment<Device>()!.PresentUntil() > now)
            {
                live++;
            }
            else
            {
                socket.Close(SilentCode, "silent");
            }
        }
        if (live >= MaxDevices)
        {
            throw new DurableObjectException(
                409, TooManyDevices, $"'{Argument.Shorten(member)}' has {MaxDevices} sockets, which is the limit.");
        }
    }

    private void CloseAll(string member, int code, string reason)
    {
        foreach (ObjectSocket socket in Context.Sockets.List(TagOf(member)))
        {
            socket.Close(code, reason);
        }
    }

    /// <summary>
    /// Stores a member as it is now, tells the others what that changes for them, and has the alarm come when it changes again.
    /// </summary>
    private PresenceRow Settle(PresenceRow row, long now, PresenceUpdate? update = null)
    {
        PresenceRow before = row;
        row = update is null ? row : Updated(row, update);
        PresenceState state = row.StateAt(now);
        if (state == PresenceState.Gone && now >= row.LastSeen + Kept)
        {
            Storage.Sql.Exec("DELETE FROM member WHERE id = ?", row.Id);
            return row;
        }
        bool joins = state != PresenceState.Gone && row.Told == PresenceState.Gone;
        row = row with
        {
            Told = state,
            Since = joins ? now : row.Since,
            Due = state switch
            {
                PresenceState.Gone => row.LastSeen + Kept,
                PresenceState.Here => row.HereUntil,
                _ => row.PresentUntil,
            },
        };
        if (joins)
        {
            CheckRoom();
        }
        Storage.Sql.Exec(
            "INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            row.Id, (int)row.Told, row.Status, row.Away, row.Meta, row.Since, row.LastSeen, row.BeatUntil, row.GraceUntil, row.HereUntil,
            row.PresentUntil, row.Due);
        Tell(before, row, joins, now);
        if (Storage.GetAlarm() is not { } alarm || alarm > DateTimeOffset.FromUnixTimeMilliseconds(row.Due))
        {
            Storage.SetAlarm(DateTimeOffset.FromUnixTimeMilliseconds(row.Due));
        }
        return row;
    }

    private void CheckRoom()
    {
        if (Storage.Sql.Exec("SELECT count(*) FROM member WHERE told > ?", (int)PresenceState.Gone).One().Get<int>(0) >= MaxMembers)
        {
            throw new DurableObjectException(409, TooManyMembers, $"There are {MaxMembers} members, which is the limit.");
        }
    }

    private void Tell(PresenceRow before, PresenceRow row, bool joins, long now)
    {
        if (joins)
        {
            Context.Sockets.SendToTag(RoomTag, "joined", row.ToMember(now));
        }
        else if (row.Told != PresenceState.Gone && (row.Told, row.Status, row.Meta) != (before.Told, before.Status, before.Meta))
        {
            Context.Sockets.SendToTag(RoomTag, "changed", row.ToMember(now));
        }
        else if (row.Told == PresenceState.Gone && before.Told != PresenceState.Gone)
        {
            CloseAll(row.Id, SilentCode, "silent");
            Context.Sockets.SendToTag(RoomTag, "left", new PresenceLeft(row.Id, DateTimeOffset.FromUnixTimeMilliseconds(row.LastSeen)));
            Storage.Sql.Exec(
                """
                DELETE FROM member WHERE id IN (
                    SELECT id FROM member WHERE told = ? ORDER BY last_seen DESC, id LIMIT -1 OFFSET ?)
                """, (int)PresenceState.Gone, MaxGone);
        }
    }

    /// <summary>What a socket remembers of the device behind it, in milliseconds.</summary>
    private sealed record Device(string Member, long Beat, long Grace, long HeardAt)
    {
        public long HereUntil() => HeardAt + Beat;

        public long PresentUntil() => HeardAt + MissedBeats * Beat;
    }
}
