using System.IO.Hashing;

namespace AzureReference.Tests;

public sealed class NonCryptographicHashAlgorithmTests
{
    private static readonly byte[] Data = [.. Enumerable.Range(0, 10_000).Select(number => (byte)number)];

    [Fact]
    public async Task However_data_are_appended_the_hash_is_that_of_all_of_them()
    {
        Sum sum = new();
        sum.Append(Data);
        byte[] once = sum.GetHashAndReset();

        sum.Append(Data.AsSpan(0, 1));
        sum.Append(new MemoryStream(Data, 1, 4_999));
        await sum.AppendAsync(new MemoryStream(Data, 5_000, 5_000));

        Assert.Equal(once, sum.GetCurrentHash());
    }

    [Fact]
    public void Reading_the_hash_keeps_it_and_resetting_begins_anew()
    {
        Sum sum = new();
        sum.Append(Data);

        byte[] hash = sum.GetCurrentHash();

        Assert.Equal(hash, sum.GetHashAndReset());
        Assert.Equal(new byte[8], sum.GetCurrentHash());
    }

    [Fact]
    public void A_hash_is_written_into_a_span_that_has_room()
    {
        Sum sum = new();
        sum.Append(Data);
        byte[] room = new byte[10];

        Assert.Equal(8, sum.GetCurrentHash(room));
        Assert.Equal(sum.GetCurrentHash(), room[..8]);
        Assert.False(sum.TryGetHashAndReset(new byte[7], out int written));
        Assert.Equal(0, written);
        Assert.Throws<ArgumentException>(() => sum.GetHashAndReset(new byte[7]));
    }

    private sealed class Sum() : NonCryptographicHashAlgorithm(sizeof(long))
    {
        private long _sum;

        public override void Append(ReadOnlySpan<byte> source)
        {
            foreach (byte one in source)
            {
                _sum = (_sum * 31) + one;
            }
        }

        public override void Reset() => _sum = 0;

        protected override void GetCurrentHashCore(Span<byte> destination) => BitConverter.TryWriteBytes(destination, _sum);
    }
}
