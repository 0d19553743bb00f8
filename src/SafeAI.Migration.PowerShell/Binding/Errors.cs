using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>The engine's failures as error records: the stable id, a category, the record as the target, and what to do.</summary>
internal static class Errors
{
    public static ErrorRecord RecordFor(MigrationException exception, object? target)
    {
        var record = new ErrorRecord(exception, exception.Code, CategoryOf(exception.Code), target);
        if (exception.Remedy is not null)
            record.ErrorDetails = new ErrorDetails(exception.What) { RecommendedAction = exception.Remedy };
        return record;
    }

    public static ErrorRecord RecordFor(Reject reject)
    {
        var exception = reject.Exception as MigrationException is { } cause && cause.Message == reject.Reason
            ? cause
            : new MigrationException(reject.Code, reject.Position.Source is null ? reject.Reason : reject.ToString(), null, reject.Exception)
            {
                Stage = reject.Stage,
                Position = reject.Position,
                Field = reject.Field,
            };
        return new ErrorRecord(exception, reject.Code, CategoryOf(reject.Code), reject.Record ?? (object?)reject.Item ?? reject);
    }

    private static ErrorCategory CategoryOf(string code) => code switch
    {
        ErrorCode.SourceNotFound or ErrorCode.NoDestination or ErrorCode.MissingEnd or ErrorCode.RunNotFound => ErrorCategory.ObjectNotFound,
        ErrorCode.SourceUnreadable => ErrorCategory.ReadError,
        ErrorCode.StoreFailed or ErrorCode.JournalFailed or ErrorCode.WriteMismatch or ErrorCode.ExportFailed => ErrorCategory.WriteError,
        ErrorCode.BadRecord or ErrorCode.ConversionFailed or ErrorCode.LossyConversion or ErrorCode.MissingValue
            or ErrorCode.UnsupportedValue or ErrorCode.UnsupportedInput or ErrorCode.RuleBroken => ErrorCategory.InvalidData,
        ErrorCode.InvalidMapping or ErrorCode.UnknownField or ErrorCode.UnknownFormat or ErrorCode.UnsafeIdentifier
            or ErrorCode.InvalidPlan or ErrorCode.InvalidSchema or ErrorCode.InvalidConnection or ErrorCode.InvalidQuery or ErrorCode.InvalidOptions => ErrorCategory.InvalidArgument,
        ErrorCode.RunInUse => ErrorCategory.ResourceBusy,
        ErrorCode.AlreadyExists => ErrorCategory.ResourceExists,
        ErrorCode.SourceChanged => ErrorCategory.InvalidOperation,
        ErrorCode.AuthenticationFailed => ErrorCategory.AuthenticationError,
        ErrorCode.PermissionDenied => ErrorCategory.PermissionDenied,
        ErrorCode.EndpointUnreachable => ErrorCategory.ConnectionError,
        ErrorCode.RateLimited => ErrorCategory.LimitsExceeded,
        ErrorCode.VerificationFailed or ErrorCode.ErrorBudgetExceeded or ErrorCode.QualityBelowThreshold or ErrorCode.AuditBroken => ErrorCategory.InvalidResult,
        ErrorCode.RequestRefused or ErrorCode.UnexpectedAnswer => ErrorCategory.ProtocolError,
        _ => ErrorCategory.NotSpecified,
    };
}
