using System.Text;
using Headroom.Engine.Requests;

namespace Headroom.Engine.Tests.Requests;

public sealed class ToolCallTests
{
    [Theory]
    [InlineData("""{"command":"git log"}""", "git log")]
    [InlineData("""{"description":{"command":"no"},"cmd":"ls -l"}""", "ls -l")]
    [InlineData("""{"script":"Get-Process | Sort-Object CPU"}""", "Get-Process | Sort-Object CPU")]
    [InlineData("""{"command":["bash","-lc","dotnet test"],"timeout":5}""", "bash -lc dotnet test")]
    [InlineData(""" "{\"command\":\"caf\\u00e9 \\\"x\\\"\"}" """, "café \"x\"")]
    [InlineData("""{"path":"a"}""", null)]
    [InlineData("""{"command":7}""", null)]
    [InlineData("""{"command":["a",1]}""", null)]
    [InlineData("""{"command":"a""", null)]
    [InlineData("""["command","x"]""", null)]
    [InlineData("\"not json\"", null)]
    [InlineData("\"\\ud800\"", null)]
    [InlineData("{\"command\":\"\\ud800\"}", null)]
    [InlineData("", null)]
    public void The_command_is_read_from_the_arguments(string arguments, string? command) =>
        Assert.Equal(command, ToolCall.CommandIn(Encoding.UTF8.GetBytes(arguments.Trim())));
}
