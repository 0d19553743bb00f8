namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>How the pages of an API follow each other.</summary>
public enum ApiPagination
{
    /// <summary>There is one page.</summary>
    None,

    /// <summary>The header Link names the next page.</summary>
    LinkHeader,

    /// <summary>The answer holds the address of the next page.</summary>
    NextAddress,

    /// <summary>The answer holds a cursor for the next page.</summary>
    Cursor,

    /// <summary>Pages are numbered.</summary>
    PageNumber,

    /// <summary>Pages begin at a number of items to skip.</summary>
    Offset,
}
