using System.Globalization;
using System.Text;

namespace DurableObjects.Embedded.Tests.PowerLoss;

/// <summary>An object whose whole state can be told as a text, and predicted by <see cref="SubjectState"/>.</summary>
[DurableObject("subject")]
public sealed class Subject(ObjectContext context) : DurableObject(context)
{
    protected override IReadOnlyList<string> Migrations =>
        ["CREATE TABLE row(id INTEGER PRIMARY KEY, stamp INTEGER NOT NULL, filler TEXT NOT NULL)"];

    public void Add(long by) => Storage.Put("sum", Storage.Get("sum", 0L) + by);

    /// <summary>Gives many rows one stamp.</summary>
    public void Stamp(long stamp, int rows)
    {
        for (int id = 1; id <= rows; id++)
        {
            Storage.Sql.Exec("INSERT OR REPLACE INTO row(id, stamp, filler) VALUES(?, ?, ?)", id, stamp, SubjectState.Filler(stamp, id));
        }
    }

    /// <summary>Takes the rows from a number on away.</summary>
    public void Trim(int from) => Storage.Sql.Exec("DELETE FROM row WHERE id >= ?", from);

    /// <summary>Puts a value of that many bytes, which follow from the stamp.</summary>
    public void Keep(long stamp, int bytes) => Storage.Put("blob", SubjectState.Blob(stamp, bytes));

    /// <summary>Sends signals with the numbers from one on, and notes the last.</summary>
    public void Send(string receiver, long first, int times)
    {
        Storage.Put("told/" + receiver, first + times - 1);
        for (int i = 0; i < times; i++)
        {
            Context.Objects.Signal(ObjectAddress.OfName("subject", receiver), nameof(Heard), Context.Name, first + i);
        }
    }

    public void Heard(string sender, long number)
    {
        string key = "heard/" + sender;
        Storage.Put(key, Storage.Get(key, "") + number.ToString(CultureInfo.InvariantCulture) + ",");
    }

    public void Arm(int seconds) => Storage.SetAlarm(TimeSpan.FromSeconds(seconds));

    public void End() => Storage.DeleteAll();

    /// <summary>The state, told by an ordinary turn.</summary>
    public string State() => Describe();

    /// <summary>The state, read beside the turns.</summary>
    [ReadOnlyMethod]
    public string Look() => Describe();

    protected override ValueTask OnAlarm(AlarmInfo alarm)
    {
        Storage.Put("rings", Storage.Get("rings", 0L) + 1);
        return ValueTask.CompletedTask;
    }

    private string Describe()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"sum {Storage.Get("sum", 0L)} rings {Storage.Get("rings", 0L)}");
        byte[] blob = Storage.Get<byte[]>("blob", []);
        text.Append(CultureInfo.InvariantCulture, $" blob {blob.Length}:{SubjectState.Hash(blob):x8}");
        text.Append(CultureInfo.InvariantCulture, $" alarm {Storage.GetAlarm()?.ToUnixTimeMilliseconds() ?? 0} rows");
        foreach (SqlRow row in Storage.Sql.Exec("SELECT id, stamp, filler FROM row ORDER BY id"))
        {
            long id = (long)row["id"]!;
            long stamp = (long)row["stamp"]!;
            text.Append(CultureInfo.InvariantCulture, $" {id}:{stamp}");
            text.Append((string)row["filler"]! == SubjectState.Filler(stamp, (int)id) ? "" : "!");
        }
        foreach ((string key, long told) in Storage.List<long>(new ListOptions { Prefix = "told/" }))
        {
            text.Append(CultureInfo.InvariantCulture, $" {key} {told}");
        }
        foreach ((string key, string heard) in Storage.List<string>(new ListOptions { Prefix = "heard/" }))
        {
            text.Append(CultureInfo.InvariantCulture, $" {key} {heard}");
        }
        return text.ToString();
    }
}
