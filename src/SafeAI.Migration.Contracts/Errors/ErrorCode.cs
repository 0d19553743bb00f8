namespace SafeAI.Migration;

/// <summary>The stable ids of everything that can go wrong. They appear in error records, rejects and answers, and never change.</summary>
public static class ErrorCode
{
    /// <summary>A file, table or query that does not exist or cannot be opened.</summary>
    public const string SourceNotFound = "SourceNotFound";

    /// <summary>A source that cannot be read on: the connection broke, or the file is damaged.</summary>
    public const string SourceUnreadable = "SourceUnreadable";

    /// <summary>A source without a promised field, or with another number of records or checksum than promised.</summary>
    public const string SourceNotAsPromised = "SourceNotAsPromised";

    /// <summary>The format of a file could not be told, or is not supported.</summary>
    public const string UnknownFormat = "UnknownFormat";

    /// <summary>One row or line of a source that is not well-formed.</summary>
    public const string BadRecord = "BadRecord";

    /// <summary>A mapping, plan or schema with faults.</summary>
    public const string InvalidMapping = "InvalidMapping";

    /// <summary>A mapping names a field that the records do not have.</summary>
    public const string UnknownField = "UnknownField";

    /// <summary>A value that does not convert to the type that the mapping asks for.</summary>
    public const string ConversionFailed = "ConversionFailed";

    /// <summary>A value that would change if it were converted: precision, range, or part of it lost.</summary>
    public const string LossyConversion = "LossyConversion";

    /// <summary>A field that an id or a required property needs is null or empty.</summary>
    public const string MissingValue = "MissingValue";

    /// <summary>A value that the platform cannot store: a nested map, a mixed list, not-a-number.</summary>
    public const string UnsupportedValue = "UnsupportedValue";

    /// <summary>A label, type or property name that is not a plain identifier.</summary>
    public const string UnsafeIdentifier = "UnsafeIdentifier";

    /// <summary>A relationship whose end node is not at the destination.</summary>
    public const string MissingEnd = "MissingEnd";

    /// <summary>A plan with faults.</summary>
    public const string InvalidPlan = "InvalidPlan";

    /// <summary>The migration window closed before the run came to its end.</summary>
    public const string WindowClosed = "WindowClosed";

    /// <summary>Nobody answers at the endpoint.</summary>
    public const string EndpointUnreachable = "EndpointUnreachable";

    /// <summary>The key or the token was refused.</summary>
    public const string AuthenticationFailed = "AuthenticationFailed";

    /// <summary>The key is known but may not do this.</summary>
    public const string PermissionDenied = "PermissionDenied";

    /// <summary>The platform refused a request as wrong.</summary>
    public const string RequestRefused = "RequestRefused";

    /// <summary>The rate limit was still exceeded after all the waiting that was allowed.</summary>
    public const string RateLimited = "RateLimited";

    /// <summary>The platform failed, or its answer was lost, and retries did not help.</summary>
    public const string PlatformFailed = "PlatformFailed";

    /// <summary>The platform's answer is not what the contract says.</summary>
    public const string UnexpectedAnswer = "UnexpectedAnswer";

    /// <summary>The local graph store cannot be opened or written.</summary>
    public const string StoreFailed = "StoreFailed";

    /// <summary>The journal cannot be opened or written.</summary>
    public const string JournalFailed = "JournalFailed";

    /// <summary>The journal knows no such run, or none that fits.</summary>
    public const string RunNotFound = "RunNotFound";

    /// <summary>Another process works on the run.</summary>
    public const string RunInUse = "RunInUse";

    /// <summary>A source or mapping is not what it was when the run began.</summary>
    public const string SourceChanged = "SourceChanged";

    /// <summary>The audit trail is not what it was when it was written.</summary>
    public const string AuditBroken = "AuditBroken";

    /// <summary>A node or relationship that exists already, where only new ones may be loaded.</summary>
    public const string AlreadyExists = "AlreadyExists";

    /// <summary>More items were written or confirmed than asked for, or fewer.</summary>
    public const string WriteMismatch = "WriteMismatch";

    /// <summary>What was read back differs from what was written.</summary>
    public const string VerificationFailed = "VerificationFailed";

    /// <summary>More records were rejected than the error budget allows.</summary>
    public const string ErrorBudgetExceeded = "ErrorBudgetExceeded";

    /// <summary>No endpoint or store was named, and no connection is open.</summary>
    public const string NoDestination = "NoDestination";

    /// <summary>The sandbox could not be started.</summary>
    public const string SandboxFailed = "SandboxFailed";

    /// <summary>An object on the pipeline that is not a record or graph item.</summary>
    public const string UnsupportedInput = "UnsupportedInput";

    /// <summary>The quality score is under the threshold, or a dimension's under its minimum.</summary>
    public const string QualityBelowThreshold = "QualityBelowThreshold";

    /// <summary>A connection string that is not well-formed, or asks for something unknown.</summary>
    public const string InvalidConnection = "InvalidConnection";

    /// <summary>A query that the database refuses, or that does not return rows.</summary>
    public const string InvalidQuery = "InvalidQuery";

    /// <summary>Options that contradict each other or leave out what is needed.</summary>
    public const string InvalidOptions = "InvalidOptions";

    /// <summary>A validation schema or configuration with faults, or with a keyword that nothing here checks.</summary>
    public const string InvalidSchema = "InvalidSchema";

    /// <summary>A record or graph item that breaks a rule.</summary>
    public const string RuleBroken = "RuleBroken";

    /// <summary>A rule that failed itself, so that it could not be decided.</summary>
    public const string RuleFailed = "RuleFailed";

    /// <summary>A key that occurs again where it may occur once only.</summary>
    public const string DuplicateKey = "DuplicateKey";

    /// <summary>A file or table that records cannot be exported to.</summary>
    public const string ExportFailed = "ExportFailed";
}
