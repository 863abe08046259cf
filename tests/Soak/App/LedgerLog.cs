namespace DurableObjects.Soak;

/// <summary>What a <see cref="Ledger"/> holds at one moment.</summary>
/// <param name="Total">Writes, as counted under a key.</param>
/// <param name="Parts">Rows of all parts, whether they belong to a write or not.</param>
/// <param name="WritesHash">The sum of the writes that the checker knows, with their parts.</param>
/// <param name="Writes">The writes behind those.</param>
/// <param name="SentHash">The sum of the signals that the checker knows as sent.</param>
/// <param name="Sent">Those behind them.</param>
/// <param name="ReceivedHash">The sum of the signals that the checker knows as received.</param>
/// <param name="Received">Those behind them.</param>
public sealed record LedgerLog(
    long Total, long Parts, string WritesHash, IReadOnlyList<WriteRow> Writes, string SentHash, IReadOnlyList<SentRow> Sent,
    string ReceivedHash, IReadOnlyList<ReceivedRow> Received);

/// <summary>A write.</summary>
/// <param name="N">Its number, from 1.</param>
/// <param name="Id">Its id.</param>
/// <param name="Parts">How many parts it has.</param>
/// <param name="Values">The parts that are there.</param>
public sealed record WriteRow(long N, string Id, long Parts, IReadOnlyList<string> Values);

/// <summary>A signal that was sent.</summary>
/// <param name="N">Its number among all that the ledger sent, from 1.</param>
/// <param name="Receiver">The name of the ledger that it goes to.</param>
/// <param name="Seq">Its number among those to the same receiver, from 1.</param>
/// <param name="Id">The id of the write that it tells of.</param>
public sealed record SentRow(long N, string Receiver, long Seq, string Id);

/// <summary>A signal that was received.</summary>
/// <param name="N">Its number among all that the ledger received, from 1.</param>
/// <param name="Sender">The name of the ledger that sent it.</param>
/// <param name="Seq">Its number among those from the same sender, from 1.</param>
/// <param name="Id">The id of the write that it tells of.</param>
/// <param name="Route">The ledgers that are still to hear of it, with commas between.</param>
public sealed record ReceivedRow(long N, string Sender, long Seq, string Id, string Route);
