namespace DurableObjects.Entities;

/// <summary>
/// An area between two parallels and two meridians, its edges included, in degrees as in <see cref="GeoPosition"/>. It reaches from
/// <paramref name="West"/> eastwards to <paramref name="East"/>, so one whose west is greater than its east crosses the antimeridian.
/// </summary>
/// <param name="South">The southern edge's latitude.</param>
/// <param name="West">The western edge's longitude.</param>
/// <param name="North">The northern edge's latitude, not below the southern.</param>
/// <param name="East">The eastern edge's longitude.</param>
public sealed record GeoBox(double South, double West, double North, double East)
{
    internal void Check(string name)
    {
        new GeoPosition(South, West).Check($"{name}.south, west");
        new GeoPosition(North, East).Check($"{name}.north, east");
        if (South > North)
        {
            throw Argument.Invalid($"'{name}' has the south {South} above the north {North}.");
        }
    }
}
