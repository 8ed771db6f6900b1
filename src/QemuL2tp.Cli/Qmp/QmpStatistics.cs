using System.Text.Json.Nodes;
using QemuL2tp.Hosting.Statistics;

namespace QemuL2tp.Cli.Qmp;

/// <summary>A snapshot as <c>query-netdev-stats</c> returns it: an object for each group, an array of them where there may be several.</summary>
internal static class QmpStatistics
{
    public static JsonObject Of(Snapshot snapshot)
    {
        var result = new JsonObject();
        // What the others are about comes first.
        foreach (SnapshotSection section in snapshot.Sections.OrderByDescending(section => section.Group.IsTopLevel))
            Add(PlaceFor(section.Group, result), section);
        return result;
    }

    private static JsonObject PlaceFor(NumberGroup group, JsonObject result)
    {
        if (group.IsTopLevel)
            return result;
        var place = new JsonObject();
        if (!group.IsList)
            result[group.Name] = place;
        else if (result[group.Name] is JsonArray list)
            list.Add((JsonNode)place);
        else
            result[group.Name] = new JsonArray(place);
        return place;
    }

    private static void Add(JsonObject place, SnapshotSection section)
    {
        foreach (NumberInfo number in section.Group.Numbers)
        {
            IEnumerable<NumberValue> values = section.Values.Where(value => ReferenceEquals(value.Number, number));
            if (number.LabelName is not null)
                place[number.Name] = new JsonObject(values.Select(value => KeyValuePair.Create(value.Label!, (JsonNode?)Json(value))));
            else if (values.Any())
                place[number.Name] = Json(values.Single());
        }
    }

    private static JsonValue Json(NumberValue value)
    {
        if (value.Word is { } word)
            return JsonValue.Create(word);
        return value.Number.Unit == NumberUnit.Boolean ? JsonValue.Create(value.Value != 0) : JsonValue.Create(value.Value);
    }
}
