using System.Text.Json;
using System.Text.Unicode;

namespace Headroom.Engine.Compression.Json;

/// <summary>
/// The lossless form of JSON: JSON (RFC 8259) without white space and without quotes where nothing can be misread, in which arrays
/// of objects, objects of objects and arrays of arrays are tables.
/// <code>
/// {total:3,items:[3]{id,name,zip:str,kind=a,at{x,y},note?{text,by},parts[]{sku,n}}
/// 1,Ann,007,1.0,2,(hi,Bob),(A1,2;B2,1)
/// 2,"Li, Jr.",,0,0
/// 3,null,12,5,5,,(),{extra:true}
/// ,flags:{2}{key,on,limits{}{key,max}}
/// dark mode,true,(cpu,4;disk,20)
/// beta,false
/// ,points:[3][2]
/// 7.5,50.1
/// 7.6,50.2
/// 7.7,50.4
/// ,files:[lib/{a.dll,b.dll,c.xml},readme],ids:[0..99,200..300..10],zeros:[0 x40]}
/// </code>
/// <para>
/// Tables. <c>[3]</c> counts the rows, each on a line of its own. A bare cell is a number, <c>true</c>, <c>false</c> or <c>null</c> when
/// it is spelled like one and a string otherwise; strings that would be misread are quoted as in JSON. An empty cell is an
/// absent key, cells at the end of a row may be missing altogether. <c>:str</c> marks a column in which everything is a string,
/// <c>:doc_*</c> one of strings that begin and end as the pattern does and whose cells stand for the star, <c>=17953*</c> one of
/// such numbers, <c>:(a=first;b=second)</c> one whose cells are letters for the listed strings,
/// <c>=</c> a value that every row has, <c>=1..500</c> whole numbers that go up from row to row (<c>=0..90..10</c> by ten) and have no cell,
/// <c>{}</c> an object whose cells stand in the row, <c>?{}</c> one that only some rows have, in parentheses, <c>[]{}</c> a list of
/// objects, separated by semicolons in parentheses, <c>{}{key,}</c> an object of objects, each after its key. Keys that few rows have
/// follow a row's cells as one object; a row after <c>!</c> is an object on one line.
/// Where objects are of several kinds, <c>[9](a{id,name};b{id,price})</c> lists a header for each and a row begins with its letter.
/// </para>
/// <para>
/// <c>{3}{key,id}</c> is an object of three objects: the first column has their keys, which are always strings. <c>{9}(key,value)</c> is
/// an object of scalars. <c>[3][2]</c> is an array of arrays with up to two items; where their columns have forms, the header numbers
/// them: <c>[3][0,1:2025-*]</c>.
/// </para>
/// <para>
/// On one line. In <c>{a:b}</c> and <c>[a,b]</c> names and strings have no quotes, under the same rule as cells. In arrays
/// <c>pre{a,b}</c> stands for the strings <c>prea</c> and <c>preb</c> as in shells, <c>0..9</c> for the numbers from 0 to 9,
/// <c>0..90..10</c> for every tenth, <c>0 x40</c> for forty zeros. <c>@json</c> and its variants stand before a document that was the
/// content of a string, and name the spelling it had there.
/// </para>
/// <para>
/// Views show <c>[2 of 9]{id}</c> or <c>{2 of 9}{key,id}</c> with the rows chosen, <c>[2 of 9](0:x,7:y)</c> or <c>{2 of 9}(a:x,b:y)</c> with
/// single items or members, and cannot be decoded. A document that gains little by all this stays JSON, which is its own form.
/// </para>
/// </summary>
public static class JsonNotation
{
    /// <summary>
    /// True when a text is in this notation already, as a whole or as a view. JSON is not, though it is its own lossless form. Most
    /// texts are told by their first bytes, JSON without white space is gone through once.
    /// </summary>
    /// <param name="text">UTF-8 text.</param>
    public static bool IsNotation(ReadOnlySpan<byte> text) => new NotationSign(text).Holds();

    /// <summary>Gives back the JSON value of a text in this notation, of at most <see cref="ContentNotation.MaximumBytes"/>.</summary>
    /// <inheritdoc cref="Decode(ReadOnlySpan{byte}, int, CancellationToken)"/>
    public static byte[]? Decode(ReadOnlySpan<byte> text) => Decode(text, ContentNotation.MaximumBytes, CancellationToken.None);

    /// <summary>Gives back the JSON value of a text in this notation: keys, rows and number lexemes as in the source, no white space.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="maximumBytes">The most bytes that the JSON may take.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The JSON, or null when the text is not in this notation (views are not: they leave rows out).</returns>
    /// <exception cref="ContentTooLargeException">The JSON would take more than that.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static byte[]? Decode(ReadOnlySpan<byte> text, int maximumBytes, CancellationToken cancellationToken) =>
        Decode(text, new DecodeLimit(maximumBytes, cancellationToken));

    internal static byte[]? Decode(ReadOnlySpan<byte> text, DecodeLimit limit)
    {
        var json = Utf8.IsValid(text) ? new JsonNotationReader(text, limit).ReadDocument() : null;
        return json is not null && Utf8.IsValid(json) && IsJson(json, limit.CancellationToken) ? json : null;
    }

    private static bool IsJson(ReadOnlySpan<byte> json, CancellationToken cancellationToken)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonTape.MaxDepth });
        try
        {
            for (var tokens = 0; reader.Read(); tokens++)
            {
                if ((tokens & 0xFFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
