using System.Text.Json;
using DurableObjects.Cards;
using DurableObjects.Hosting;
using Microsoft.AspNetCore.Http;

namespace DurableObjects.Http;

/// <summary>Tells the design card of a class, with what this process has measured of it.</summary>
internal sealed class CardEndpoint(IObjectHost host, IFigureSource figures, DesignCards cards)
{
    public async Task<IResult> OfClassAsync(string className, CancellationToken cancellation)
    {
        host.PublicClass(className);
        long? objects = await figures.CountObjectsAsync(className, cancellation);
        DesignCard card = await cards.OfAsync(className, figures.Of(className), objects);
        return new AnswerResult(200, JsonSerializer.SerializeToUtf8Bytes(card, DesignCard.Json));
    }
}
