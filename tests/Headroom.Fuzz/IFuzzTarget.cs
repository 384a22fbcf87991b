using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>Something that takes any bytes.</summary>
internal interface IFuzzTarget
{
    /// <summary>Makes an input: something that the product is meant for, damaged or not.</summary>
    /// <param name="random">What decides.</param>
    byte[] Draw(SeededRandom random);

    /// <summary>Feeds one input to the product.</summary>
    /// <param name="input">Any bytes.</param>
    /// <param name="random">What else is drawn (options and the like): the same for the same input while it is made smaller.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>What must never happen and did; null when all is well.</returns>
    Task<string?> RunAsync(byte[] input, SeededRandom random, CancellationToken cancellationToken);
}
