namespace SafeAI.Migration.Engine.Transformation;

/// <summary>One thing that is wrong with a mapping.</summary>
/// <param name="Path">Where it is in the mapping, as a JSON path such as <c>$.nodes[0].properties.name</c>.</param>
/// <param name="Code">The stable id of the reason, one of <see cref="ErrorCode"/>.</param>
/// <param name="Message">What is wrong and what to do about it.</param>
/// <param name="Suggestion">The name that was probably meant, or null.</param>
public sealed record MappingFault(string Path, string Code, string Message, string? Suggestion = null)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>A mapping with faults, all of them at once.</summary>
public sealed class InvalidMappingException : MigrationException
{
    /// <summary>Creates a failure from at least one fault.</summary>
    /// <param name="mapping">The mapping's name or path, for the message.</param>
    /// <param name="faults">The faults in the order in which they were found.</param>
    /// <param name="inner">The cause.</param>
    public InvalidMappingException(string mapping, IReadOnlyList<MappingFault> faults, Exception? inner = null)
        : base(CodeOf(faults), Describe(mapping, faults), inner: inner)
    {
        Faults = faults;
        Stage = MigrationStage.Transform;
    }

    /// <summary>The faults in the order in which they were found.</summary>
    public IReadOnlyList<MappingFault> Faults { get; }

    // Unknown fields alone mean that the mapping is sound but does not fit these records.
    private static string CodeOf(IReadOnlyList<MappingFault> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        return faults.All(f => f.Code == faults[0].Code) ? faults[0].Code : ErrorCode.InvalidMapping;
    }

    private static string Describe(string mapping, IReadOnlyList<MappingFault> faults) => faults.Count == 1
        ? $"The mapping '{mapping}' has a fault at {faults[0]}"
        : $"The mapping '{mapping}' has {faults.Count} faults:{string.Concat(faults.Select(f => Environment.NewLine + "  " + f))}";
}
