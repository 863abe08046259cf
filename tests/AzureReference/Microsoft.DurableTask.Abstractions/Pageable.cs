using System.Runtime.CompilerServices;

namespace Microsoft.DurableTask;

public static class Pageable
{
    public static AsyncPageable<T> Create<T>(Func<string?, CancellationToken, Task<Page<T>>> pageFunc)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(pageFunc);
        return new Pages<T>((token, _, cancellation) => pageFunc(token, cancellation));
    }

    public static AsyncPageable<T> Create<T>(Func<string?, int?, CancellationToken, Task<Page<T>>> pageFunc)
        where T : notnull
    {
        ArgumentNullException.ThrowIfNull(pageFunc);
        return new Pages<T>(pageFunc);
    }

    private sealed class Pages<T>(Func<string?, int?, CancellationToken, Task<Page<T>>> read) : AsyncPageable<T>
        where T : notnull
    {
        public override IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = default, int? pageSizeHint = default) =>
            Read(continuationToken, pageSizeHint);

        private async IAsyncEnumerable<Page<T>> Read(
            string? token, int? size, [EnumeratorCancellation] CancellationToken cancellation = default)
        {
            Page<T> page = await read(token, size, cancellation);
            yield return page;
            while (page.ContinuationToken is { } next)
            {
                page = await read(next, size, cancellation);
                yield return page;
            }
        }
    }
}
