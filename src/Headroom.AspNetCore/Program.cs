using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

// Walks the assembly references of some roots through a runtime pack and writes the linker's response file for what it finds:
// every assembly whole, nothing optimised, only the precompiled native code left out.
//
//   Headroom.AspNetCore <pack directory> <response file> <directory or assembly of roots>...
if (args.Length < 3)
{
    Console.Error.WriteLine("usage: Headroom.AspNetCore <pack directory> <response file> <root>...");
    return 2;
}

var (pack, responseFile) = (args[0], args[1]);
var closure = new SortedSet<string>(StringComparer.Ordinal);
var pending = new Stack<string>(args.Skip(2).SelectMany(
    root => Directory.Exists(root) ? Directory.EnumerateFiles(root, "*.dll") : [root]));
while (pending.TryPop(out var assembly))
{
    foreach (var name in ReferencesOf(assembly))
    {
        var file = Path.Combine(pack, name + ".dll");
        if (File.Exists(file) && closure.Add(name))
        {
            pending.Push(file);
        }
    }
}

if (closure.Count == 0)
{
    Console.Error.WriteLine($"None of the roots refers to an assembly of {pack}.");
    return 1;
}

string[] lines =
[
    .. closure.Select(name => $"-a \"{Path.Combine(pack, name + ".dll")}\" all"),
    .. closure.Select(name => $"--action link {name}"),
    $"-d \"{pack}\"",
    $"-d \"{Path.GetDirectoryName(typeof(object).Assembly.Location)}\"",
    // Everything that is neither in the closure nor rooted is only looked at.
    "--action skip",
    "--trim-mode skip",
    // Copies have to behave as the originals do, under reflection too.
    .. from optimisation in (string[])["beforefieldinit", "ipconstprop", "overrideremoval", "unreachablebodies", "unusedinterfaces",
            "unusedtypechecks", "substitutefeatureguards"]
       select "--disable-opt " + optimisation,
    "--ignore-substitutions true",
    "--strip-substitutions false",
    "--ignore-descriptors true",
    "--strip-descriptors false",
    "--strip-security false",
    "--keep-dep-attributes true",
    "--keep-metadata all",
    "--deterministic",
    "--skip-unresolved true",
    // Said of code that trimming would break; nothing is trimmed.
    "--notrimwarn",
];
var text = string.Join('\n', lines) + '\n';
if (!File.Exists(responseFile) || File.ReadAllText(responseFile) != text)
{
    File.WriteAllText(responseFile, text);
}

return 0;

static IEnumerable<string> ReferencesOf(string assembly)
{
    using var image = new PEReader(File.OpenRead(assembly));
    if (!image.HasMetadata)
    {
        return [];
    }

    var metadata = image.GetMetadataReader();
    return [.. metadata.AssemblyReferences.Select(r => metadata.GetString(metadata.GetAssemblyReference(r).Name))];
}
