using System.Text.Json;

namespace Headroom.PowerShell.Tests;

/// <summary>What becomes of objects: seen through short input, which no form is worth for, so that the JSON itself comes out.</summary>
public class TabulationTests
{
    [Theory]
    [InlineData("[pscustomobject]@{ a = 1; b = 'x'; c = $null; d = $true; e = 1.50 }", """[{"a":1,"b":"x","c":null,"d":true,"e":1.5}]""")]
    [InlineData("[pscustomobject]@{ big = 12345678901234567890; m = 1.10d; n = [double]::NaN }", """[{"big":12345678901234567890,"m":1.10,"n":"NaN"}]""")]
    [InlineData("[pscustomobject]@{ t = [datetime]::new(2024,1,2,3,4,5,[DateTimeKind]::Utc); s = [timespan]::FromMinutes(90) }", """[{"t":"2024-01-02T03:04:05.0000000Z","s":"01:30:00"}]""")]
    [InlineData("[pscustomobject]@{ day = [DayOfWeek]::Friday; v = [version]'1.2.3'; u = [uri]'https://e.org/a?b=c' }", """[{"day":"Friday","v":"1.2.3","u":"https://e.org/a?b=c"}]""")]
    [InlineData("[pscustomobject]@{ list = 1, 'two', @{ three = 3 }; empty = @() }", """[{"list":[1,"two",{"three":3}],"empty":[]}]""")]
    [InlineData("[pscustomobject]@{ n = [pscustomobject]@{ m = [ordered]@{ k = [pscustomobject]@{ deep = @(, @(1)) } } } }", """[{"n":{"m":{"k":{"deep":[[1]]}}}}]""")]
    [InlineData("[ordered]@{ x = 1; 2 = 'y' }", """[{"x":1,"2":"y"}]""")]
    [InlineData("1, 2, 3", "[1,2,3]")]
    [InlineData("'a', 1, $null", """["a",1,null]""")]
    [InlineData("[pscustomobject]@{ PSPath = 'p'; PSProvider = 'q'; RunspaceId = 'r'; PSComputerName = 'localhost'; PSShowComputerName = $false; kept = 1 }", """[{"kept":1}]""")]
    [InlineData("[pscustomobject]@{ PSComputerName = 'web1'; PSShowComputerName = $true; kept = 1 }", """[{"PSComputerName":"web1","kept":1}]""")]
    [InlineData("[pscustomobject]@{ text = 'ü \"q\" <&> 中' }", """[{"text":"ü \"q\" <&> 中"}]""")]
    public void Values_keep_their_types(string objects, string json)
    {
        using var session = new HostedSession();
        Assert.Equal(json, session.One($"{objects} | Compress-HeadroomContent").BaseObject);
    }

    [Fact]
    public void Script_properties_are_evaluated_and_getters_that_throw_are_null()
    {
        using var session = new HostedSession();
        var text = session.One("""
            $o = [pscustomobject]@{ a = 2 }
            $o.PSObject.Properties.Add([psscriptproperty]::new('double', { $this.a * 2 }))
            $o.PSObject.Properties.Add([psscriptproperty]::new('broken', { throw 'no' }))
            $o | Compress-HeadroomContent
            """).BaseObject;
        Assert.Equal("""[{"a":2,"double":4,"broken":null}]""", text);
    }

    [Fact]
    public void Cycles_are_cut_and_repeats_are_not()
    {
        using var session = new HostedSession();
        var text = session.One("""
            $shared = [pscustomobject]@{ s = 1 }
            $o = [pscustomobject]@{ self = $null; one = $shared; two = $shared }
            $o.self = $o
            $o | Compress-HeadroomContent
            """).BaseObject;
        Assert.Equal("""[{"self":null,"one":{"s":1},"two":{"s":1}}]""", text);
    }

    [Fact]
    public void Live_objects_of_the_system_become_rows_with_every_property()
    {
        using var session = new HostedSession();
        using var me = System.Diagnostics.Process.GetCurrentProcess();
        session.Set("processes", new[] { me, me });
        var result = session.One("$r = $processes | Compress-HeadroomContent; $r");
        var json = JsonDocument.Parse((string)session.One("$r | Expand-HeadroomContent").BaseObject).RootElement;
        Assert.Equal(2, json.GetArrayLength());
        Assert.Equal(me.Id, json[0].GetProperty("Id").GetInt32());
        Assert.Equal(me.ProcessName, json[1].GetProperty("ProcessName").GetString());
        Assert.Equal("Json", result.Properties["Kind"].Value);
    }

    [Fact]
    public void Files_are_tabulated_without_the_providers_own_notes()
    {
        using var session = new HostedSession();
        File.WriteAllText(Path.Combine(session.DataDirectory, "a.txt"), "abc");
        var text = (string)session.One("""
            $r = $ExecutionContext.InvokeProvider.ChildItem.Get($data, $false) | Compress-HeadroomContent
            $r | Expand-HeadroomContent
            """).BaseObject;
        var file = JsonDocument.Parse(text).RootElement.EnumerateArray().Single(f => f.GetProperty("Name").GetString() == "a.txt");
        Assert.Equal(3, file.GetProperty("Length").GetInt64());
        Assert.DoesNotContain(file.EnumerateObject(), p => p.Name.StartsWith("PS", StringComparison.Ordinal));
    }

    [Fact]
    public void A_list_given_as_an_argument_is_taken_element_by_element()
    {
        using var session = new HostedSession();
        Assert.Equal("a\nb", session.One("Compress-HeadroomContent -InputObject 'a', 'b'").BaseObject);
        Assert.Equal("[1,2]", session.One("Compress-HeadroomContent -InputObject 1, 2").BaseObject);
    }
}
