using DurableObjects.Diagnostics;
using Microsoft.AspNetCore.Http;
using Moq;

namespace DurableObjects.Http.Tests;

public sealed class MetricsTests : EndpointTest
{
    private static readonly DurationFigures Durations = new(3, 0.5)
    {
        P50 = 0.001,
        P95 = 0.25,
        P99 = 1e-7,
        Buckets = [new DurationBucket(6.4e-6, 1), new DurationBucket(1, 2)],
    };

    private static readonly ClassFigures Room = new("room")
    {
        LiveObjects = 2,
        Sockets = 4,
        Turns = 9,
        TurnsByKind = new Dictionary<string, long> { ["call"] = 7, ["read"] = 2 },
        Errors = 1,
        ErrorsByCode = new Dictionary<string, long> { ["a \"quoted\" \\ code\nof two lines"] = 1 },
        TurnSeconds = Durations,
        Commits = 5,
        Frames = 12,
        Bytes = 1_234,
        Fsyncs = 3,
        Wakes = 6,
    };

    public MetricsTests()
    {
        Figures.Setup(figures => figures.Of("room")).Returns(Room);
        Figures.Setup(figures => figures.Host).Returns(
        [
            new HostFigure("journal_fsyncs", "Flushes of\nthe \\journal.", IsTotal: true, 8),
            new HostFigure("journal_queued_bytes", "Bytes that wait.", IsTotal: false, 17),
        ]);
    }

    [Fact]
    public async Task Metrics_come_in_the_type_of_the_text_format()
    {
        Reply reply = await ReplyAsync(Endpoints.MetricsAsync(Request, default));

        Assert.Equal(200, reply.Status);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", reply.Headers.ContentType.ToString());
    }

    [Fact]
    public async Task Counts_come_with_their_class_and_each_family_once_with_help_and_type()
    {
        string[] lines = await LinesAsync();

        Assert.Equal(
            [
                "# HELP durable_objects_live_objects Objects in memory.",
                "# TYPE durable_objects_live_objects gauge",
                "durable_objects_live_objects{class=\"room\"} 2",
                "# HELP durable_objects_sockets Sockets that are open.",
                "# TYPE durable_objects_sockets gauge",
                "durable_objects_sockets{class=\"room\"} 4",
                "# HELP durable_objects_turns_total Turns that have ended, by what they were about.",
                "# TYPE durable_objects_turns_total counter",
                "durable_objects_turns_total{class=\"room\",kind=\"call\"} 7",
                "durable_objects_turns_total{class=\"room\",kind=\"read\"} 2",
            ],
            lines[..10]);
        Assert.Contains("durable_objects_commits_total{class=\"room\"} 5", lines);
        Assert.Contains("durable_objects_committed_frames_total{class=\"room\"} 12", lines);
        Assert.Contains("durable_objects_committed_bytes_total{class=\"room\"} 1234", lines);
        Assert.Contains("durable_objects_commit_fsyncs_total{class=\"room\"} 3", lines);
        Assert.Contains("durable_objects_wakes_total{class=\"room\"} 6", lines);
        string[] types = [.. lines.Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal))];
        Assert.Equal(types.Length, types.Distinct().Count());
    }

    [Fact]
    public async Task Labels_and_help_are_escaped()
    {
        string[] lines = await LinesAsync();

        Assert.Contains("durable_objects_errors_total{class=\"room\",code=\"a \\\"quoted\\\" \\\\ code\\nof two lines\"} 1", lines);
        Assert.Contains("# HELP durable_objects_journal_fsyncs_total Flushes of\\nthe \\\\journal.", lines);
    }

    [Fact]
    public async Task A_duration_is_a_histogram_in_seconds_and_three_quantiles()
    {
        string[] lines = await LinesAsync();
        int at = Array.IndexOf(lines, "# TYPE durable_objects_turn_duration_seconds histogram");

        Assert.Equal(
            [
                "durable_objects_turn_duration_seconds_bucket{class=\"room\",le=\"6.4E-06\"} 1",
                "durable_objects_turn_duration_seconds_bucket{class=\"room\",le=\"1\"} 2",
                "durable_objects_turn_duration_seconds_bucket{class=\"room\",le=\"+Inf\"} 3",
                "durable_objects_turn_duration_seconds_sum{class=\"room\"} 0.5",
                "durable_objects_turn_duration_seconds_count{class=\"room\"} 3",
            ],
            lines[(at + 1)..(at + 6)]);
        Assert.Equal(
            [
                "# TYPE durable_objects_turn_duration_quantile_seconds gauge",
                "durable_objects_turn_duration_quantile_seconds{class=\"room\",quantile=\"0.5\"} 0.001",
                "durable_objects_turn_duration_quantile_seconds{class=\"room\",quantile=\"0.95\"} 0.25",
                "durable_objects_turn_duration_quantile_seconds{class=\"room\",quantile=\"0.99\"} 1E-07",
            ],
            lines[(at + 7)..(at + 11)]);
        Assert.Contains("durable_objects_alarm_delay_quantile_seconds{class=\"room\",quantile=\"0.5\"} NaN", lines);
    }

    [Fact]
    public async Task The_hosts_own_figures_have_no_class()
    {
        string[] lines = await LinesAsync();

        Assert.Equal(
            [
                "# TYPE durable_objects_journal_fsyncs_total counter",
                "durable_objects_journal_fsyncs_total 8",
                "# HELP durable_objects_journal_queued_bytes Bytes that wait.",
                "# TYPE durable_objects_journal_queued_bytes gauge",
                "durable_objects_journal_queued_bytes 17",
                "",
            ],
            lines[^6..]);
    }

    [Fact]
    public async Task A_classs_figures_come_as_JSON_in_place_of_its_objects()
    {
        Request.QueryString = new QueryString("?metrics=true");

        Reply reply = await ReplyAsync(Endpoints.ListAsync(Request, "room", default));

        Assert.Equal(200, reply.Status);
        Assert.Equal("room", (string)reply.Json["class"]!);
        Assert.Equal(2, (long)reply.Json["liveObjects"]!);
        Assert.Equal(7, (long)reply.Json["turnsByKind"]!["call"]!);
        Assert.Equal(
            """{"count":3,"sum":0.5,"p50":0.001,"p95":0.25,"p99":1E-07}""", reply.Json["turnSeconds"]!.ToJsonString());
        Assert.Equal("""{"count":0,"sum":0,"p50":null,"p95":null,"p99":null}""", reply.Json["commitSeconds"]!.ToJsonString());
        Assert.Equal(
            [
                "class", "liveObjects", "sockets", "turns", "turnsByKind", "errors", "errorsByCode", "turnSeconds", "mailboxSeconds",
                "commitSeconds", "commits", "frames", "bytes", "fsyncs", "wakes", "coldStartSeconds", "alarmLateSeconds",
            ],
            reply.Json.AsObject().Select(property => property.Key));
    }

    [Fact]
    public async Task An_unknown_class_has_no_figures_and_metrics_is_true_or_false()
    {
        Request.QueryString = new QueryString("?metrics=true");
        (await ReplyAsync(Endpoints.ListAsync(Request, "nothing", default))).MustBeProblem(404, "unknown-class");

        Request.QueryString = new QueryString("?metrics=yes");
        (await ReplyAsync(Endpoints.ListAsync(Request, "room", default))).MustBeProblem(400, "invalid-argument");
    }

    private async Task<string[]> LinesAsync()
    {
        Reply reply = await ReplyAsync(Endpoints.MetricsAsync(Request, default));
        return Text(reply.Body).Split('\n');
    }
}
