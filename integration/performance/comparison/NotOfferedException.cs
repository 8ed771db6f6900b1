namespace QemuL2tp.Performance;

/// <summary>A program does not offer what a row needs; the message names the virtio features that are missing.</summary>
internal sealed class NotOfferedException(string features) : Exception($"not offered: {features}");
