using System.Collections;
using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>Takes what comes down a pipeline apart: objects that come one by one, and lists of them, as -ReadCount sends.</summary>
internal static class PipelineInput
{
    /// <summary>Does something with the object, or with each of a list.</summary>
    public static void ForEach(PSObject input, Action<object?> work)
    {
        switch (input.BaseObject)
        {
            case object?[] several:
                foreach (var one in several)
                    work(one);
                break;
            case IList list when list is not Array and not IDictionary:
                foreach (var one in list)
                    work(one);
                break;
            default:
                work(input);
                break;
        }
    }

    /// <summary>What a message calls it.</summary>
    public static string Describe(object? input) => Base(input) is { } value ? $"A {value.GetType().Name}" : "An empty place of a list";

    /// <summary>The object itself, without PowerShell's wrapping.</summary>
    public static object? Base(object? input) => input is PSObject wrapped ? wrapped.BaseObject : input;
}
