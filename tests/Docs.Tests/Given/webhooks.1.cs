using DurableObjects.Entities.Polar;
// the page

public interface IMailer
{
    Task SendAsync(string id, PolarBenefitGrant grant, CancellationToken cancellation);
}

public interface IShop
{
    Task Note(string id, PolarBenefitGrant grant);
}
