namespace QemuL2tp.Frames;

/// <summary>Room in a batch.</summary>
/// <param name="Slots">For so many frames.</param>
/// <param name="Fragments">For so many pieces of them; each frame needs one more for its header.</param>
internal readonly record struct BatchRoom(int Slots, int Fragments)
{
    public static BatchRoom operator -(BatchRoom room, BatchRoom part) => new(room.Slots - part.Slots, room.Fragments - part.Fragments);
}
