using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Emit;
using System.Text;

namespace SafeAI.Migration;

/// <summary>Emits and keeps the record classes: one sealed class per shape, for the life of the process.</summary>
internal static class RecordTypes
{
    private static readonly Type[] s_constructorParameters =
        [typeof(RecordSchema), typeof(object[]), typeof(RecordSource), typeof(long), typeof(long)];

    private static readonly ConstructorInfo s_baseConstructor = typeof(Record).GetConstructor(
        BindingFlags.Instance | BindingFlags.NonPublic, s_constructorParameters)!;

    private static readonly FieldInfo s_values = typeof(Record).GetField(
        "Values", BindingFlags.Instance | BindingFlags.NonPublic)!;

    private static readonly ModuleBuilder s_module = AssemblyBuilder
        .DefineDynamicAssembly(new AssemblyName("SafeAI.Migration.Records"), AssemblyBuilderAccess.Run)
        .DefineDynamicModule("SafeAI.Migration.Records");

    private static readonly ConcurrentDictionary<string, Lazy<Type>> s_byShape = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<Type, Func<RecordSchema, object?[], RecordSource, long, long, Record>> s_factories = new();
    private static readonly Dictionary<string, int> s_names = new(StringComparer.Ordinal);
    private static readonly object s_emitLock = new();

    public static Type For(RecordSchema schema) =>
        s_byShape.GetOrAdd(ShapeOf(schema), static (_, s) => new Lazy<Type>(() => Emit(s)), schema).Value;

    public static Func<RecordSchema, object?[], RecordSource, long, long, Record> FactoryFor(RecordSchema schema) =>
        s_factories.GetOrAdd(For(schema), static type =>
        {
            var constructor = type.GetConstructor(s_constructorParameters)!;
            var method = new DynamicMethod("Create", typeof(Record), s_constructorParameters, typeof(RecordTypes).Module, skipVisibility: true);
            var il = method.GetILGenerator();
            for (var i = 0; i < s_constructorParameters.Length; i++)
                il.Emit(OpCodes.Ldarg, (short)i);
            il.Emit(OpCodes.Newobj, constructor);
            il.Emit(OpCodes.Ret);
            return method.CreateDelegate<Func<RecordSchema, object?[], RecordSource, long, long, Record>>();
        });

    private static string ShapeOf(RecordSchema schema)
    {
        var shape = new StringBuilder(schema.Name);
        foreach (var field in schema.Fields)
            shape.Append('\0').Append(field.PropertyName).Append('\0').Append(field.Type.AssemblyQualifiedName);
        return shape.ToString();
    }

    private static Type Emit(RecordSchema schema)
    {
        // A module builder is not safe to use from two threads at once.
        lock (s_emitLock)
        {
            var type = s_module.DefineType(
                NameFor(schema), TypeAttributes.Public | TypeAttributes.Sealed | TypeAttributes.Class, typeof(Record));
            EmitConstructor(type);
            foreach (var field in schema.Fields)
                EmitProperty(type, field);
            return type.CreateType();
        }
    }

    private static string NameFor(RecordSchema schema)
    {
        var name = new StringBuilder("SafeAI.Migration.Records.");
        foreach (var c in schema.Name)
            name.Append(char.IsLetterOrDigit(c) ? c : '_');
        var plain = name.ToString();
        s_names[plain] = s_names.TryGetValue(plain, out var count) ? count + 1 : 1;
        return count == 0 ? plain : $"{plain}_{count + 1}";
    }

    private static void EmitConstructor(TypeBuilder type)
    {
        var il = type.DefineConstructor(MethodAttributes.Public, CallingConventions.Standard, s_constructorParameters).GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        for (var i = 1; i <= s_constructorParameters.Length; i++)
            il.Emit(OpCodes.Ldarg, (short)i);
        il.Emit(OpCodes.Call, s_baseConstructor);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitProperty(TypeBuilder type, RecordField field)
    {
        const MethodAttributes accessor = MethodAttributes.Public | MethodAttributes.SpecialName | MethodAttributes.HideBySig;
        var propertyType = field.Type.IsValueType ? typeof(Nullable<>).MakeGenericType(field.Type) : field.Type;
        var property = type.DefineProperty(field.PropertyName, PropertyAttributes.None, propertyType, null);

        var getter = type.DefineMethod("get_" + field.PropertyName, accessor, propertyType, Type.EmptyTypes);
        var il = getter.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, s_values);
        il.Emit(OpCodes.Ldc_I4, field.Ordinal);
        il.Emit(OpCodes.Ldelem_Ref);
        if (propertyType != typeof(object))
            il.Emit(OpCodes.Unbox_Any, propertyType);
        il.Emit(OpCodes.Ret);
        property.SetGetMethod(getter);

        var setter = type.DefineMethod("set_" + field.PropertyName, accessor, null, [propertyType]);
        il = setter.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, s_values);
        il.Emit(OpCodes.Ldc_I4, field.Ordinal);
        il.Emit(OpCodes.Ldarg_1);
        if (propertyType.IsValueType)
            il.Emit(OpCodes.Box, propertyType);
        il.Emit(OpCodes.Stelem_Ref);
        il.Emit(OpCodes.Ret);
        property.SetSetMethod(setter);
    }
}
