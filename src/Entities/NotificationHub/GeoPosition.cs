namespace DurableObjects.Entities;

/// <summary>A place on Earth, in degrees of WGS 84.</summary>
/// <param name="Latitude">-90 to 90, north is positive.</param>
/// <param name="Longitude">-180 to 180, east is positive; -180 and 180 are the same meridian.</param>
public sealed record GeoPosition(double Latitude, double Longitude)
{
    internal void Check(string name)
    {
        // Written so that what is no number fails too.
        if (!(Latitude is >= -90 and <= 90 && Longitude is >= -180 and <= 180))
        {
            throw Argument.Invalid(
                $"'{name}' is at latitude {Latitude}, longitude {Longitude}; they must be -90 to 90 and -180 to 180.");
        }
    }
}
