namespace Headroom.CcrVictim;

/// <summary>What a victim does until it is killed.</summary>
public enum VictimRole
{
    /// <summary>Writes originals and pins.</summary>
    Writer,

    /// <summary>Writes them as if it were three days ago: whoever sweeps a full store may remove them at once.</summary>
    LateWriter,

    /// <summary>Sweeps a store that may hold nothing but what was used within a day.</summary>
    Sweeper,
}
