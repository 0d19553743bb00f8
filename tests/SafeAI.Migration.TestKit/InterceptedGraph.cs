using System.Reflection;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.TestKit;

/// <summary>A graph whose calls pass through a test, which may hold them up, refuse them, or do something in between.</summary>
public class InterceptedGraph : DispatchProxy
{
    private IGraphDestination _inner = null!;
    private Func<string, IReadOnlyList<object?>, Func<object?>, object?> _intercept = null!;

    /// <summary>Puts a test in front of a graph.</summary>
    /// <param name="inner">The graph.</param>
    /// <param name="intercept">Takes the name of the member that is called, and the call itself; gives its answer.</param>
    public static IGraphDestination Of(IGraphDestination inner, Func<string, Func<object?>, object?> intercept)
    {
        ArgumentNullException.ThrowIfNull(intercept);
        return Of(inner, (member, _, call) => intercept(member, call));
    }

    /// <summary>Puts a test in front of a graph.</summary>
    /// <param name="inner">The graph.</param>
    /// <param name="intercept">Takes the name of the member that is called, its arguments, and the call itself; gives its answer.</param>
    public static IGraphDestination Of(IGraphDestination inner, Func<string, IReadOnlyList<object?>, Func<object?>, object?> intercept)
    {
        var graph = Create<IGraphDestination, InterceptedGraph>();
        ((InterceptedGraph)(object)graph)._inner = inner;
        ((InterceptedGraph)(object)graph)._intercept = intercept;
        return graph;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _intercept(
        targetMethod!.Name,
        args ?? [],

        // What is on its way does not care whether its sender is still there.
        () => targetMethod.Invoke(_inner, args?.Select(a => a is CancellationToken { IsCancellationRequested: true } ? CancellationToken.None : a).ToArray()));
}
