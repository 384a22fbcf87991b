using System.Text.Unicode;

namespace Headroom.Engine.Compression.Json;

/// <summary>
/// The lossless form of JSON: JSON (RFC 8259) without white space, in which arrays of objects are tables.
/// <code>
/// {"total":3,"items":[3]{id,name,zip:str,kind=a,at{x,y},note?{text,by},parts[]{sku,n}}
/// 1,Ann,007,1.0,2,(hi,Bob),(A1,2;B2,1)
/// 2,"Li, Jr.",,0,0
/// 3,null,12,5,5,,(),{"extra":true}
/// }
/// </code>
/// <c>[3]</c> counts the rows, each on a line of its own. A bare cell is a number, <c>true</c>, <c>false</c> or <c>null</c> when
/// it is spelled like one and a string otherwise; strings that would be misread are quoted as in JSON. An empty cell is an
/// absent key, cells at the end of a row may be missing altogether. <c>:str</c> marks a column in which everything is a string,
/// <c>:doc_*</c> one of strings that begin and end as the pattern does and whose cells stand for the star,
/// <c>:(a=first;b=second)</c> one whose cells are letters for the listed strings,
/// <c>=</c> a value that every row has, <c>{}</c> an object whose cells stand in the row, <c>?{}</c> one that only some rows
/// have, in parentheses, <c>[]{}</c> a list of objects, separated by semicolons in parentheses. Keys that few rows have follow
/// a row's cells as one JSON object; a row after <c>!</c> is JSON.
/// Where objects are of several kinds, <c>[9](a{id,name};b{id,price})</c> lists a header for each and a row begins with its letter. <c>@json</c> and its variants stand before a document that
/// was the content of a string, and name the spelling it had there. JSON without tables is its own lossless form.
/// </summary>
public static class JsonNotation
{
    /// <summary>
    /// True when a text is in this notation already, as a whole or as a view. JSON is not, though it is its own lossless form. Most
    /// texts are told by their first bytes, JSON without white space is gone through once.
    /// </summary>
    /// <param name="text">UTF-8 text.</param>
    public static bool IsNotation(ReadOnlySpan<byte> text) => new NotationSign(text).Holds();

    /// <summary>Gives back the JSON value of a text in this notation: keys, rows and number lexemes as in the source, no white space.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <returns>The JSON, or null when the text is not in this notation (views are not: they leave rows out).</returns>
    public static byte[]? Decode(ReadOnlySpan<byte> text)
    {
        var json = Utf8.IsValid(text) ? new JsonNotationReader(text).ReadDocument() : null;
        return json is not null && JsonTape.Read(json, CancellationToken.None) is not null ? json : null;
    }
}
