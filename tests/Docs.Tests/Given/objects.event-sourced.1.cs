using System.Text.Json.Nodes;

// the page

public sealed record BookingState(IReadOnlyList<string> Taken);

public abstract record BookingEvent;

public sealed record SeatTaken(string Seat, string Guest) : BookingEvent;

public sealed record SeatGiven(string Seat, string Why) : BookingEvent;
