using System.Collections.Immutable;
using System.Reflection.Metadata;

namespace Headroom.Architecture.Tests;

/// <summary>Follows metadata handles and signatures to the types that they name, and notes each as a use by one type.</summary>
internal sealed class UseReader : ISignatureTypeProvider<int, object?>
{
    private readonly MetadataReader _metadata;
    private readonly HashSet<Use> _uses;
    private readonly string _assembly;
    private readonly (string Namespace, string Name) _from;

    public UseReader(MetadataReader metadata, HashSet<Use> uses, string assembly, TypeDefinitionHandle from)
    {
        (_metadata, _uses, _assembly) = (metadata, uses, assembly);
        _from = Outermost(from);
    }

    public void Add(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return;
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition or HandleKind.TypeReference:
                AddMember(handle, null);
                break;
            case HandleKind.TypeSpecification:
                _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(this, null);
                break;
            case HandleKind.FieldDefinition:
                var field = _metadata.GetFieldDefinition((FieldDefinitionHandle)handle);
                AddMember(field.GetDeclaringType(), _metadata.GetString(field.Name));
                break;
            case HandleKind.MethodDefinition:
                var method = _metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                AddMember(method.GetDeclaringType(), _metadata.GetString(method.Name));
                break;
            case HandleKind.MemberReference:
                var member = _metadata.GetMemberReference((MemberReferenceHandle)handle);
                AddMember(member.Parent, _metadata.GetString(member.Name));
                if (member.GetKind() == MemberReferenceKind.Method)
                {
                    member.DecodeMethodSignature(this, null);
                }
                else
                {
                    member.DecodeFieldSignature(this, null);
                }

                break;
            case HandleKind.MethodSpecification:
                var specification = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                Add(specification.Method);
                specification.DecodeSignature(this, null);
                break;
        }
    }

    public int GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => Note(handle);

    public int GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => Note(handle);

    public int GetTypeFromSpecification(MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => Note(handle);

    public int GetArrayType(int elementType, ArrayShape shape) => 0;

    public int GetByReferenceType(int elementType) => 0;

    public int GetFunctionPointerType(MethodSignature<int> signature) => 0;

    public int GetGenericInstantiation(int genericType, ImmutableArray<int> typeArguments) => 0;

    public int GetGenericMethodParameter(object? genericContext, int index) => 0;

    public int GetGenericTypeParameter(object? genericContext, int index) => 0;

    public int GetModifiedType(int modifier, int unmodifiedType, bool isRequired) => 0;

    public int GetPinnedType(int elementType) => 0;

    public int GetPointerType(int elementType) => 0;

    public int GetPrimitiveType(PrimitiveTypeCode typeCode) => 0;

    public int GetSZArrayType(int elementType) => 0;

    private int Note(EntityHandle handle)
    {
        Add(handle);
        return 0;
    }

    private void AddMember(EntityHandle type, string? member)
    {
        switch (type.Kind)
        {
            case HandleKind.TypeDefinition:
                var (ns, name) = Outermost((TypeDefinitionHandle)type);
                _uses.Add(new Use(_from.Namespace, _from.Name, _assembly, ns, name, member));
                break;
            case HandleKind.TypeReference:
                var reference = _metadata.GetTypeReference((TypeReferenceHandle)type);
                while (reference.ResolutionScope.Kind == HandleKind.TypeReference)
                {
                    reference = _metadata.GetTypeReference((TypeReferenceHandle)reference.ResolutionScope);
                }

                var scope = reference.ResolutionScope.Kind == HandleKind.AssemblyReference
                    ? _metadata.GetString(_metadata.GetAssemblyReference((AssemblyReferenceHandle)reference.ResolutionScope).Name)
                    : _assembly;
                _uses.Add(new Use(
                    _from.Namespace, _from.Name, scope, _metadata.GetString(reference.Namespace), _metadata.GetString(reference.Name), member));
                break;
            case HandleKind.TypeSpecification:
                Add(type);
                break;
        }
    }

    private (string Namespace, string Name) Outermost(TypeDefinitionHandle handle)
    {
        var type = _metadata.GetTypeDefinition(handle);
        while (!type.GetDeclaringType().IsNil)
        {
            type = _metadata.GetTypeDefinition(type.GetDeclaringType());
        }

        return (_metadata.GetString(type.Namespace), _metadata.GetString(type.Name));
    }
}
