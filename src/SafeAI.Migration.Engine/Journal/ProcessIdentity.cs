using System.Diagnostics;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>Which process works on a run: its number alone would do for as long as it lives, but numbers are given again.</summary>
/// <param name="Id">The process's number.</param>
/// <param name="Started">When it was started, in ticks of UTC.</param>
/// <param name="Machine">The machine's name.</param>
/// <param name="Session">What tells two runs in one process apart.</param>
internal readonly record struct ProcessIdentity(int Id, long Started, string Machine, string Session)
{
    // The system gives the start of a process with less precision than a tick.
    private static readonly long s_precision = TimeSpan.FromSeconds(1).Ticks;
    private static readonly HashSet<string> s_sessions = new(StringComparer.Ordinal);

    /// <summary>This process, with a session that counts as alive until <see cref="End"/>.</summary>
    public static ProcessIdentity Begin()
    {
        var session = Guid.NewGuid().ToString("N");
        lock (s_sessions)
            s_sessions.Add(session);
        using var self = Process.GetCurrentProcess();
        return new ProcessIdentity(self.Id, self.StartTime.ToUniversalTime().Ticks, Environment.MachineName, session);
    }

    /// <summary>Ends a session of this process.</summary>
    public void End()
    {
        lock (s_sessions)
            s_sessions.Remove(Session);
    }

    /// <summary>Whether it is still there, as far as can be told: a process of another machine is taken to be.</summary>
    public bool IsAlive
    {
        get
        {
            if (!string.Equals(Machine, Environment.MachineName, StringComparison.OrdinalIgnoreCase))
                return true;
            try
            {
                using var process = Process.GetProcessById(Id);
                if (process.HasExited || Math.Abs(process.StartTime.ToUniversalTime().Ticks - Started) > s_precision)
                    return false;
                if (Id != Environment.ProcessId)
                    return true;
                lock (s_sessions)
                    return s_sessions.Contains(Session);
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException)
            {
                return false;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // It is there, and belongs to somebody else.
                return true;
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Equals(Machine, Environment.MachineName, StringComparison.OrdinalIgnoreCase) ? $"process {Id}" : $"process {Id} on {Machine}";
}
