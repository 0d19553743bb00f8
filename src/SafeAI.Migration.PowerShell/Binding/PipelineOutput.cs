using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>
/// Sends objects down the pipeline one by one, or several at a time as an array. PowerShell's own work for each object
/// that passes between two commands is more than that of reading or mapping it; an array costs that work once.
/// </summary>
/// <param name="cmdlet">The command that emits them.</param>
/// <param name="count">How many are sent at a time, from 1.</param>
internal sealed class PipelineOutput<T>(Cmdlet cmdlet, int count)
    where T : class
{
    private T[] _waiting = count > 1 ? new T[count] : [];
    private int _used;

    /// <summary>Sends an object.</summary>
    public void Write(T item)
    {
        if (count == 1)
        {
            cmdlet.WriteObject(item, enumerateCollection: false);
            return;
        }

        _waiting[_used++] = item;
        if (_used == count)
            Flush();
    }

    /// <summary>Sends objects.</summary>
    public void Write(IReadOnlyList<T> items)
    {
        if (count == 1 && items.Count > 1)
        {
            cmdlet.WriteObject(items, enumerateCollection: true);
            return;
        }

        for (var i = 0; i < items.Count; i++)
            Write(items[i]);
    }

    /// <summary>Sends what waits for its array to be full.</summary>
    public void Flush()
    {
        if (_used == 0)
            return;
        // The array belongs to whoever receives it.
        var full = _used == count ? _waiting : _waiting[.._used];
        _waiting = new T[count];
        _used = 0;
        cmdlet.WriteObject(full, enumerateCollection: false);
    }
}
