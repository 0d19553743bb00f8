using System.Security.Cryptography;
using System.Text;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Audit;

/// <summary>Finds what was changed, removed, reordered or cut off in an audit trail.</summary>
public static class AuditChecker
{
    private const int MostFindings = 1000;

    /// <summary>Checks a trail. Changes nothing.</summary>
    /// <param name="journal">The journal.</param>
    /// <param name="expectedHead">A hash of an event that must be in the trail, kept elsewhere since; null for none.</param>
    /// <param name="signingKeys">The keys that events may be signed with; null or empty where signatures are not to be checked.</param>
    /// <param name="cancellationToken">Ends the check.</param>
    public static AuditReport Check(JournalFile journal, string? expectedHead = null, IReadOnlyCollection<string>? signingKeys = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var check = new Walk(AuditHead.Read(journal.Path), expectedHead, signingKeys ?? []);
        foreach (var row in AuditTrail.Rows(journal))
        {
            cancellationToken.ThrowIfCancellationRequested();
            check.Take(row);
        }

        check.Finish();
        return new AuditReport
        {
            JournalPath = journal.Path,
            Events = check.Events,
            Signed = check.Signed,
            Head = check.Events == 0 ? null : check.Previous,
            Findings = [.. check.Findings.OrderBy(f => f.Number).Take(MostFindings)],
        };
    }

    private sealed class Walk(AuditHead? head, string? expectedHead, IReadOnlyCollection<string> signingKeys)
    {
        private long _next = 1;
        private bool _headSeen;
        private bool _expectedSeen;

        public string Previous { get; private set; } = "";

        public long Events { get; private set; }

        public long Signed { get; private set; }

        public List<AuditFinding> Findings { get; } = [];

        public void Take(AuditRow row)
        {
            Events++;
            var isGap = row.Number != _next;
            if (isGap)
                Add(AuditFindingKind.Removed, _next, row.Number == _next + 1 ? $"The event {_next} is gone." : $"The events {_next} to {row.Number - 1} are gone.");
            CheckContent(row, isGap);
            CheckSignature(row);
            if (head is not null && row.Number == head.Number)
            {
                _headSeen = true;
                if (row.Hash != head.Hash)
                    Add(AuditFindingKind.Changed, row.Number, $"The event {row.Number} is another one than the file beside the journal remembers.");
            }

            _expectedSeen |= string.Equals(row.Hash, expectedHead, StringComparison.OrdinalIgnoreCase);
            Previous = row.Hash;
            _next = row.Number + 1;
        }

        public void Finish()
        {
            if (head is null && Events > 0)
                Add(AuditFindingKind.HeadMissing, _next - 1, "The file beside the journal that remembers the last event is gone or unreadable.");
            else if (head is not null && !_headSeen && head.Number >= _next)
                Add(AuditFindingKind.CutOff, _next, $"The trail ends before the event {head.Number}, which the file beside the journal remembers as the last.");
            if (expectedHead is not null && !_expectedSeen)
                Add(AuditFindingKind.CutOff, _next, "No event has the hash that was expected: events are gone from the end, or the trail was written anew.");
            if (signingKeys.Count > 0 && Events > 0 && Signed == 0)
                Add(AuditFindingKind.Signature, 1, "No event is signed.");
        }

        private void CheckContent(AuditRow row, bool isGap)
        {
            if (AuditTrail.HashOf(row.Data) != row.Hash)
            {
                Add(AuditFindingKind.Changed, row.Number, $"The event {row.Number} is not what it was when it was written.");
                return;
            }

            try
            {
                var content = row.ToEvent();
                if (content.Number != row.Number)
                    Add(AuditFindingKind.Reordered, row.Number, $"In the place of the event {row.Number} stands the event {content.Number}.");
                else if (!isGap && content.Metadata.PreviousHash != Previous)
                    Add(AuditFindingKind.Changed, row.Number, $"The event {row.Number} does not follow the one before it.");
            }
            catch (MigrationException)
            {
                Add(AuditFindingKind.Changed, row.Number, $"The event {row.Number} is not readable.");
            }
        }

        // Events from before there was a key are not signed; from the first signed one on, all must be.
        private void CheckSignature(AuditRow row)
        {
            if (row.Signature is not null)
                Signed++;
            if (signingKeys.Count == 0)
                return;
            if (row.Signature is null ? Signed > 0 : !signingKeys.Any(k => CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(row.Signature), Encoding.UTF8.GetBytes(AuditTrail.Sign(row.Hash, k)))))
                Add(AuditFindingKind.Signature, row.Number, row.Signature is null ? $"The event {row.Number} is not signed." : $"The signature of the event {row.Number} was not made with {(signingKeys.Count == 1 ? "the key" : "one of the keys")}.");
        }

        private void Add(AuditFindingKind kind, long number, string message)
        {
            if (Findings.Count < MostFindings)
                Findings.Add(new AuditFinding(kind, number, message));
        }
    }
}
