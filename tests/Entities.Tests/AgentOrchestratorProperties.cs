using DurableObjects.Harness;
using FsCheck;
using FsCheck.Fluent;

namespace DurableObjects.Entities.Tests;

public sealed class AgentOrchestratorProperties
{
    // What each task depends on of those before it, whether its agent refuses it, and how often it fails first.
    private static readonly Gen<Drawn> Tasks =
        from needs in Gen.Choose(0, 30).ListOf()
        from refuses in Gen.Frequency((6, Gen.Constant(false)), (1, Gen.Constant(true)))
        from failures in Gen.Choose(0, 2)
        from isSingle in Gen.Elements(true, false)
        select new Drawn([.. needs.Take(3)], refuses, failures, isSingle);

    [Fact]
    public void A_plan_that_continues_ends_as_its_dependencies_say_over_hibernation_and_lost_outcomes() =>
        Prop.ForAll(Tasks.ListOf().ToArbitrary(), EndsAsTheReference).Check(Repeatable.Config.WithMaxTest(30));

    private static async Task EndsAsTheReference(IEnumerable<Drawn> drawn)
    {
        List<Drawn> all = [.. drawn.Take(12)];
        if (all.Count == 0)
        {
            return;
        }
        AgentCrew crew = new();
        crew.Answer = request =>
        {
            Drawn one = all[int.Parse(request.Task, System.Globalization.CultureInfo.InvariantCulture)];
            return Task.FromResult(
                request.Attempt <= one.Failures ? AgentCrew.Status(500)
                : one.Refuses ? AgentCrew.Status(400)
                : AgentCrew.Json(request.Task));
        };
        await using TestHost host = crew.Host(
            AgentCrew.ByHttp("many", concurrency: 3), AgentCrew.ByHttp("single", concurrency: 1));
        IAgentOrchestrator orchestrator = host.Objects.Get<IAgentOrchestrator>("crew");
        IReadOnlyList<string> NeedsOf(int i) => i == 0 ? [] : [.. all[i].Needs.Select(need => $"{need % i}").Distinct()];
        int attempts = 0;
        host.LosesOutcome = () => ++attempts % 5 == 0;
        host.DeliversAutomatically = false;
        await orchestrator.Submit(
            [.. all.Select((one, i) => new AgentTask($"{i}", one.IsSingle ? "single" : "many", DependsOn: NeedsOf(i)))], "p",
            continueOnFailure: true);
        // Circuits may open on the way, and every fifth outcome is lost with its process.
        for (int i = 0; i < 200 && (await orchestrator.Status("p")).State == AgentPlanState.Running; i++)
        {
            await host.DrainAsync();
            await host.HibernateAllAsync(rebuild: i % 7 == 0);
            await host.AdvanceAsync(TimeSpan.FromSeconds(20));
        }

        AgentPlanStatus status = await orchestrator.Status("p");
        Dictionary<string, AgentTaskState> expected = [];
        for (int i = 0; i < all.Count; i++)
        {
            expected[$"{i}"] = NeedsOf(i).Any(need => expected[need] != AgentTaskState.Succeeded) ? AgentTaskState.Skipped
                : all[i].Refuses ? AgentTaskState.Failed : AgentTaskState.Succeeded;
        }
        Assert.Equal(expected, status.Tasks.ToDictionary(task => task.Id, task => task.State));
        Assert.Equal(
            expected.Values.All(state => state == AgentTaskState.Succeeded) ? AgentPlanState.Succeeded : AgentPlanState.Failed,
            status.State);
        // An agent that has succeeded is not asked again, and a task that was skipped never was.
        Assert.All(all.Select((one, i) => (one, Id: $"{i}")), pair => Assert.True(
            crew.Asked.Count(asked => asked.Task == pair.Id && asked.Attempt == pair.one.Failures + 1)
                == (expected[pair.Id] == AgentTaskState.Skipped ? 0 : 1) || pair.one.Refuses));
    }

    private sealed record Drawn(IReadOnlyList<int> Needs, bool Refuses, int Failures, bool IsSingle);
}
