using System.Management.Automation;

namespace Headroom.PowerShell;

/// <summary>A failure that the user can do something about: it names itself and says what kind of failure it is.</summary>
/// <param name="errorId">The stable id of the error record.</param>
/// <param name="category">The category of the error record.</param>
/// <param name="message">What went wrong and what to do about it.</param>
/// <param name="innerException">What it was found by.</param>
public sealed class HeadroomException(string errorId, ErrorCategory category, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>The stable id of the error record.</summary>
    public string ErrorId { get; } = errorId;

    /// <summary>The category of the error record.</summary>
    public ErrorCategory Category { get; } = category;

    /// <summary>True when it is the command's parameters that are wrong, so that no other input would fare better.</summary>
    public bool IsAboutTheCommand { get; init; }

    /// <summary>The error record that says this.</summary>
    /// <param name="target">What the command was working on.</param>
    internal ErrorRecord ToErrorRecord(object? target) => new(this, ErrorId, Category, target);
}
