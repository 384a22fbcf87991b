using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Headroom.Architecture.Tests;

/// <summary>One use of a type or method by a type of the inspected assembly.</summary>
/// <param name="FromNamespace">Namespace of the user (of the outermost type, for nested and compiler-made ones).</param>
/// <param name="From">Name of the outermost user type.</param>
/// <param name="ToAssembly">Assembly of what is used.</param>
/// <param name="ToNamespace">Its namespace.</param>
/// <param name="To">Name of its outermost type.</param>
/// <param name="Member">The member used; null for the type as such.</param>
public sealed record Use(string FromNamespace, string From, string ToAssembly, string ToNamespace, string To, string? Member);

/// <summary>A built assembly, read as metadata and IL without being loaded.</summary>
public sealed class InspectedAssembly : IDisposable
{
    private static readonly Dictionary<int, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!)
        .ToDictionary(o => (int)(ushort)o.Value);

    private readonly PEReader _pe;
    private readonly MetadataReader _metadata;
    private readonly HashSet<Use> _uses = [];

    private InspectedAssembly(string path)
    {
        _pe = new PEReader(File.OpenRead(path));
        _metadata = _pe.GetMetadataReader();
        Name = _metadata.GetString(_metadata.GetAssemblyDefinition().Name);
        References = [.. _metadata.AssemblyReferences.Select(r => _metadata.GetString(_metadata.GetAssemblyReference(r).Name))];
        foreach (var type in _metadata.TypeDefinitions)
        {
            Read(type);
        }
    }

    /// <summary>The assemblies of all projects under <c>src</c>, as this test project's build copied them.</summary>
    public static IReadOnlyList<InspectedAssembly> All { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "inspected"), "*.dll")
            .Order(StringComparer.Ordinal)
            .Select(path => new InspectedAssembly(path)),
    ];

    public string Name { get; }

    public IReadOnlyList<string> References { get; }

    public IReadOnlyCollection<Use> Uses => _uses;

    /// <summary>Public types whose name ends in <c>Options</c>, with their public properties.</summary>
    public IEnumerable<(string Namespace, string Type, string Property)> OptionProperties() =>
        from handle in _metadata.TypeDefinitions
        let type = _metadata.GetTypeDefinition(handle)
        let name = _metadata.GetString(type.Name)
        where name.EndsWith("Options", StringComparison.Ordinal) && (type.Attributes & TypeAttributes.Public) != 0
        from property in type.GetProperties()
        let getter = _metadata.GetPropertyDefinition(property).GetAccessors().Getter
        where !getter.IsNil && (_metadata.GetMethodDefinition(getter).Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public
        select (_metadata.GetString(type.Namespace), name, _metadata.GetString(_metadata.GetPropertyDefinition(property).Name));

    public void Dispose() => _pe.Dispose();

    public override string ToString() => Name;

    private void Read(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        var reader = new UseReader(_metadata, _uses, Name, handle);
        reader.Add(type.BaseType);
        foreach (var implemented in type.GetInterfaceImplementations())
        {
            reader.Add(_metadata.GetInterfaceImplementation(implemented).Interface);
        }

        foreach (var constraint in type.GetGenericParameters().SelectMany(p => _metadata.GetGenericParameter(p).GetConstraints()))
        {
            reader.Add(_metadata.GetGenericParameterConstraint(constraint).Type);
        }

        foreach (var attribute in type.GetCustomAttributes())
        {
            reader.Add(_metadata.GetCustomAttribute(attribute).Constructor);
        }

        foreach (var field in type.GetFields())
        {
            _metadata.GetFieldDefinition(field).DecodeSignature(reader, null);
        }

        foreach (var methodHandle in type.GetMethods())
        {
            var method = _metadata.GetMethodDefinition(methodHandle);
            method.DecodeSignature(reader, null);
            if (method.RelativeVirtualAddress != 0)
            {
                Read(_pe.GetMethodBody(method.RelativeVirtualAddress), reader);
            }
        }
    }

    private void Read(MethodBodyBlock body, UseReader reader)
    {
        if (!body.LocalSignature.IsNil)
        {
            _metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(reader, null);
        }

        foreach (var region in body.ExceptionRegions)
        {
            reader.Add(region.CatchType);
        }

        var il = body.GetILReader();
        while (il.RemainingBytes > 0)
        {
            int value = il.ReadByte();
            var code = OpCodesByValue[value == 0xFE ? 0xFE00 | il.ReadByte() : value];
            switch (code.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType:
                    reader.Add(MetadataTokens.EntityHandle(il.ReadInt32()));
                    break;
                case OperandType.InlineSwitch:
                    var targets = il.ReadInt32();
                    il.Offset += 4 * targets;
                    break;
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar:
                    il.Offset += 1;
                    break;
                case OperandType.InlineVar:
                    il.Offset += 2;
                    break;
                case OperandType.InlineI8 or OperandType.InlineR:
                    il.Offset += 8;
                    break;
                default:
                    il.Offset += 4;
                    break;
            }
        }
    }
}
