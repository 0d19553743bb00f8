using System.Management.Automation;
using System.Reflection;
using System.Text;
using System.Xml;
using SafeAI.Migration.HelpBuilder;

if (args.Length != 3)
{
    Console.Error.WriteLine("usage: SafeAI.Migration.HelpBuilder CMDLET-ASSEMBLY TOPIC-FOLDER OUTPUT-FOLDER");
    return 2;
}

var (assemblyPath, topicFolder, outputFolder) = (Path.GetFullPath(args[0]), Path.GetFullPath(args[1]), Path.GetFullPath(args[2]));

// The compiler leaves each assembly's doc comments beside it.
var comments = new DocComments();
foreach (var documentation in Directory.EnumerateFiles(Path.GetDirectoryName(assemblyPath)!, "SafeAI.Migration.*.xml"))
    comments.Add(documentation);

var faults = new List<string>();
var commands = Assembly.LoadFrom(assemblyPath).GetExportedTypes()
    .Select(t => (Type: t, Cmdlet: t.CustomAttributes.FirstOrDefault(a => a.AttributeType == typeof(CmdletAttribute))))
    .Where(t => t.Cmdlet is not null)
    .Select(t => CommandModel.From(t.Type, t.Cmdlet!, comments, faults))
    .OrderBy(c => c.Name, StringComparer.Ordinal)
    .ToArray();
if (commands.Length == 0)
    faults.Add($"There is no cmdlet in {assemblyPath}.");

var topics = Directory.EnumerateFiles(topicFolder, "about_*.help.txt").Order(StringComparer.Ordinal).ToArray();
if (topics.Length == 0)
    faults.Add($"There is no about_ topic in {topicFolder}.");

// In the form that MSBuild shows as errors of the build.
foreach (var fault in faults)
    Console.Error.WriteLine($"HelpBuilder : error HELP001: {fault}");
if (faults.Count > 0)
    return 1;

Directory.CreateDirectory(outputFolder);
var settings = new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false), NewLineChars = "\n" };
using (var writer = XmlWriter.Create(Path.Combine(outputFolder, Path.GetFileName(assemblyPath) + "-Help.xml"), settings))
    MamlWriter.Write(commands, [.. topics.Select(t => Path.GetFileName(t)[..^".help.txt".Length])]).Save(writer);
return 0;
