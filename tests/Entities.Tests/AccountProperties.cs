using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class AccountProperties
{
    private static readonly string[] Names = ["ada", "bob", "carol", "dan"];

    private static readonly Gen<Transfer> Transfers =
        from sender in Gen.Elements(Names)
        from receiver in Gen.Elements(Names)
        from units in Gen.Frequency((8, Gen.Choose(1, 400_000)), (1, Gen.Constant(0)), (1, Gen.Choose(1_000_000, 9_000_000)))
        select new Transfer(sender, receiver, units / 10_000m);

    [Fact]
    public void Whatever_is_transferred_no_money_comes_or_goes_and_no_balance_is_below_zero() =>
        Prop.ForAll(Transfers.ListOf().ToArbitrary(), KeepsTheSum).Check(Repeatable.Config);

    private static async Task KeepsTheSum(IEnumerable<Transfer> transfers)
    {
        const decimal Start = 50;
        await using TestHost host = TestHost.Of(typeof(Account));
        IAccount ledger = host.Objects.Get<IAccount>("shop");
        Dictionary<string, decimal> expected = [];
        foreach (string name in Names)
        {
            expected[name] = (await ledger.Deposit(name, Start)).Balance;
        }
        foreach (Transfer transfer in transfers)
        {
            bool isPossible = transfer.From != transfer.To && transfer.Amount > 0 && transfer.Amount <= expected[transfer.From];
            try
            {
                await ledger.Transfer(transfer.From, transfer.To, transfer.Amount);
                Assert.True(isPossible, $"{transfer} went through");
                expected[transfer.From] -= transfer.Amount;
                expected[transfer.To] += transfer.Amount;
            }
            catch (DurableObjectException error) when (error.Status < 500)
            {
                Assert.False(isPossible, $"{transfer} was refused: {error.Message}");
            }
        }
        await host.HibernateAllAsync(rebuild: true);
        decimal sum = 0;
        foreach (string name in Names)
        {
            decimal balance = await ledger.Balance(name);
            sum += balance;
            Assert.Equal(expected[name], balance);
            IReadOnlyList<AccountEntry> entries = await ledger.Statement(name, 1_000);
            Assert.Equal(balance, entries.Sum(entry => entry.Amount));
            Assert.All(entries, entry => Assert.True(entry.Balance >= 0));
        }
        Assert.Equal(Names.Length * Start, sum);
    }

    private sealed record Transfer(string From, string To, decimal Amount);
}
