using Headroom.Engine.Tests;
using Headroom.Proxy.Hosting;

namespace Headroom.Proxy.Tests;

public sealed class IdleTrimTests
{
    private readonly SteppedTime _time = new();
    private int _trims;

    [Fact]
    public void Memory_is_given_back_once_when_requests_have_ended()
    {
        using var trim = new IdleTrim(_time, () => _trims++);
        _time.Advance(IdleTrim.IdleTime);
        Assert.Equal(0, _trims);

        trim.Begin();
        trim.Begin();
        trim.End();
        _time.Advance(IdleTrim.IdleTime);
        Assert.Equal(0, _trims);

        trim.End();
        _time.Advance(IdleTrim.IdleTime * 0.9);
        Assert.Equal(0, _trims);
        _time.Advance(IdleTrim.IdleTime * 10);
        Assert.Equal(1, _trims);
    }

    [Fact]
    public void A_request_begins_the_wait_anew()
    {
        using var trim = new IdleTrim(_time, () => _trims++);
        for (var i = 0; i < 3; i++)
        {
            trim.Begin();
            trim.End();
            _time.Advance(IdleTrim.IdleTime * 0.9);
        }

        trim.Begin();
        _time.Advance(IdleTrim.IdleTime);
        Assert.Equal(0, _trims);
        trim.End();
        _time.Advance(IdleTrim.IdleTime);
        Assert.Equal(1, _trims);
    }
}
