using System.Globalization;

namespace QemuL2tp.Hosting.Statistics;

/// <summary>A number as it was when the snapshot was taken.</summary>
/// <param name="Number">Its declaration.</param>
/// <param name="Value">The quantity; 0 where there is only a word.</param>
/// <param name="Word">The word of a <see cref="NumberKind.State"/>, or a <see cref="NumberKind.Text"/>; null: it is a quantity.</param>
/// <param name="Label">Which of several values it is, if <see cref="NumberInfo.LabelName"/> says that there are several.</param>
public readonly record struct NumberValue(NumberInfo Number, long Value, string? Word = null, string? Label = null)
{
    /// <summary>Nothing to mention.</summary>
    internal bool IsZero => Word is null ? Value == 0 : Word.Length == 0;

    /// <summary>The value for a person.</summary>
    public override string ToString() =>
        Word ?? (Number.Unit == NumberUnit.Boolean ? Value != 0 ? "yes" : "no" : Value.ToString(CultureInfo.InvariantCulture));
}
