using System.Management.Automation;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Writes a mapping for a whole database, or for a set of files, ready to be used and to be edited.</summary>
/// <remarks>
/// Tables become node types, primary keys ids, columns typed properties, foreign keys relationships, and tables that only join
/// two others become relationships with properties. Used unedited over the whole database, the mapping makes one node of
/// every row, those of joining tables aside, and one relationship of every foreign key that is not null.
/// PostgreSQL, SQLite and dumps say their keys themselves. CSV and JSON files do not: their types, keys and references are taken
/// from names, and only where every record of the files bears them out. A key is one field, or in a file that joins others the fields
/// that refer to them; a reference is a field named after a file, such as customer or customer_id. What no name says is not found, and
/// needs an edit: a reference under another name, such as reports_to, one to several fields, and a key of several other fields, in
/// place of which the number of the row makes the id.
/// What cannot be mapped as it should be is a warning, and a comment in the mapping.
/// </remarks>
/// <example>
///   <code>New-MigrationMapping -SourcePath ./customers.csv, ./orders.json -Path ./all.map.json -PassThru</code>
///   <para>Writes a mapping for two files into one that is new, and emits it.</para>
/// </example>
/// <example>
///   <code>New-MigrationMapping -ConnectionString 'Host=localhost;Database=shop;Username=reader' -Schema public -Path ./shop.map.json -WhatIf</code>
///   <para>Reads the catalogue of a PostgreSQL database, and says what would be written.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "MigrationMapping", DefaultParameterSetName = "Files", SupportsShouldProcess = true)]
[OutputType(typeof(string), typeof(FileInfo))]
public sealed class NewMigrationMappingCommand : MigrationCmdlet
{
    /// <summary>The mapping file to write. Without it, the mapping comes out as text.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The files to map: an SQLite database, an SQL dump, or CSV, JSON and NDJSON files, folders or patterns of them.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Files")]
    [ValidateNotNullOrEmpty]
    public string[]? SourcePath { get; set; }

    /// <summary>A PostgreSQL database: Host=…;Database=…;Username=… or postgresql://user@host/database.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Database")]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>The schema whose tables are mapped. Without it, those of all schemas are.</summary>
    [Parameter(ParameterSetName = "Database")]
    [ValidateNotNullOrEmpty]
    public string? Schema { get; set; }

    /// <summary>The database's user and password, so that they need not be in the connection string.</summary>
    [Parameter(ParameterSetName = "Database")]
    public PSCredential? Credential { get; set; }

    /// <summary>Replaces a mapping file that exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Emits the file that was written.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var generated = OrStop(() => MappingGenerator.Generate(Wait(ReadCatalogAsync)));
        foreach (var note in generated.Notes)
            WriteWarning(note);
        if (Path is null)
        {
            WriteObject(generated.Json);
            return;
        }

        var path = FullPath(Path);
        if (File.Exists(path) && !Force)
            OrStop<bool>(() => throw new MigrationException(ErrorCode.ExportFailed, $"The file '{path}' exists already.", "Replace it with -Force, or name another."));
        if (!ShouldProcess(path, $"Write a mapping of {generated.Document.Nodes.Count} node types and {generated.Document.Relationships.Count} relationship types"))
            return;
        OrStop(() => MappingGenerator.Save(generated, path));
        if (PassThru)
            WriteObject(new FileInfo(path));
    }

    private async Task<DatabaseCatalog> ReadCatalogAsync(CancellationToken cancellationToken)
    {
        if (SourcePath is not null)
            return await FileCatalog.ReadAsync([.. SourcePath.Select(FullPath)], cancellationToken).ConfigureAwait(false);
        var database = await PostgreSqlDatabase.OpenAsync(
            new PostgreSqlConnectionOptions
            {
                ConnectionString = ConnectionString!,
                Schema = Schema,
                UserName = Credential?.UserName,
                Password = Credential?.GetNetworkCredential().Password,
            },
            cancellationToken).ConfigureAwait(false);
        await using (database.ConfigureAwait(false))
            return database.Catalog;
    }
}
