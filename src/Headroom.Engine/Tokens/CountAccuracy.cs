namespace Headroom.Engine.Tokens;

/// <summary>How far a token count may be trusted for the model that it is given for.</summary>
public enum CountAccuracy
{
    /// <summary>The model's own tokenizer counted.</summary>
    Exact,

    /// <summary>Another tokenizer counted and the result was scaled by a factor measured for the model's family.</summary>
    Calibrated,

    /// <summary>No tokenizer ran, or none is known to fit the model.</summary>
    Estimated,
}
